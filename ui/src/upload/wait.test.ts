import { render } from 'svelte/server'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Phase, WaitCause } from '$tauri'
import { job } from '../../mock/job'
import { scene } from '../../mock/scenes'
import { Desk } from '../state/desk.svelte'
import Wait from './Wait.svelte'

interface Drawn {
  action: string
  onclick: () => void
}

/** The buttons that were drawn, and what the shell was asked. */
const seen = vi.hoisted(() => ({ buttons: [] as Drawn[], asked: [] as string[] }))

vi.mock('../parts/Button.svelte', () => ({
  default: (_: unknown, button: Drawn) => void seen.buttons.push(button),
}))

vi.mock('$tauri', () => ({
  isFailure: () => true,
  signOut: () => Promise.resolve(seen.asked.push('sign out')),
  retryNow: (id: string) => Promise.resolve(seen.asked.push(`try ${id} now`)),
}))

let desk: Desk

beforeEach(() => {
  desk = new Desk()
  desk.overview = scene('ready')
  seen.buttons = []
  seen.asked = []
})

/** What an upload that waits so has for a button; there is never more than one. */
function button(cause: WaitCause): Drawn | undefined {
  const phase: Extract<Phase, { name: 'waiting' }> = {
    name: 'waiting',
    cause,
    nextTryAt: null,
    attempt: 1,
    failure: { code: 'connection_lost', message: 'Lost.', hint: '', retryable: true },
  }
  const { body } = render(Wait, { props: { desk, job: job(phase), phase } })
  expect(body).toContain(`data-cause="${cause}"`)
  expect(seen.buttons.length).toBeLessThanOrEqual(1)
  return seen.buttons[0]
}

test("an upload of another's can be signed in for, which ends the session that there is", () => {
  const again = button('sign_in')
  expect(again?.action).toBe('sign-in-again')
  again?.onclick()
  expect(seen.asked).toEqual(['sign out'])
})

test('what waits to be looked at is shown again', () => {
  desk.overview = scene('review')
  desk.goHome()
  expect(desk.screen).toBe('ready')
  const look = button('review')
  expect(look?.action).toBe('show-review')
  look?.onclick()
  expect(desk.screen).toBe('review')
})

test('without anything under review there is nothing to show', () => {
  expect(button('review')).toBeUndefined()
})

test('nobody can hurry a recording', () => {
  expect(button('recording')).toBeUndefined()
})

test.each(['network', 'back_off'] as const)('a wait for %s can be ended', (cause) => {
  const now = button(cause)
  expect(now?.action).toBe('retry')
  now?.onclick()
  expect(seen.asked).toEqual(['try 1 now'])
})
