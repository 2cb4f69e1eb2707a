import { expect, test } from 'vitest'
import type { Job, Phase } from '$tauri'
import { job } from '../../mock/job'
import { lists, moves } from './list'

const named = (id: string, phase: Phase): Job => job(phase, { id })
const queued = (id: string, ahead: number) => named(id, { name: 'queued', ahead })
const jobs = [queued('a', 3), named('s', { name: 'stopped' }), named('b', { name: 'initiating' }), queued('c', 1), queued('d', 2)]

test('what moves comes first, and the queue last and in the order in which it is sent', () => {
  expect(lists(jobs, []).uploads.map(({ id }) => id)).toEqual(['b', 's', 'c', 'd', 'a'])
})

test('only what waits can be moved, and only to where it is not yet', () => {
  expect([...moves(jobs, 'c')]).toEqual(['down'])
  expect([...moves(jobs, 'd')]).toEqual(['up', 'to_front', 'down'])
  expect([...moves(jobs, 'a')]).toEqual(['up', 'to_front'])
  expect([...moves(jobs, 'b')]).toEqual([])
  expect([...moves([queued('a', 1)], 'a')]).toEqual([])
})
