// What is on the screen: the shell's last overview, and what the user looks at. Commands go out from here, so that each
// either changes what is shown or says why not.

import * as shell from '$tauri'
import type {
  Choices,
  Failure,
  Job,
  Move,
  Overview,
  RecentRecording,
  Recording,
  RecordingOrder,
  ShownRecording,
  Task,
} from '$tauri'
import { announcement, isOffline, isPaused, word } from '../words/phase'
import { announcement as recordingAnnouncement } from '../words/recording'
import { announcement as reviewAnnouncement } from '../words/review'
import { moves } from './list'
import { chooseJob, chooseNothing, chooseRecording, nothing, withJobs, withSignIn } from './selection'
import { Stretches } from './stretches'

const BEFORE_THE_FIRST: Overview = {
  session: { state: 'restoring' },
  task: null,
  jobs: [],
  damagedBegunAt: [],
  review: { files: [], expectedSeconds: null },
  folder: null,
  filesOverWindow: 0,
  closeAsked: false,
  recording: null,
  recordingFailure: null,
}

const DEFECT: Failure = {
  code: 'internal',
  message: 'Something went wrong inside the window.',
  hint: 'Try again; if it stays, save a report.',
  retryable: true,
}

/** Between two tries at a list of recordings that could not be had, in milliseconds. */
const REFRESH_AFTER_FAILURE = 15_000

export class Desk {
  /** The part that is sent of each recording under review. */
  readonly stretches = new Stretches((...choice) => shell.trimReviewed(...choice))
  overview = $state.raw(BEFORE_THE_FIRST)
  selection = $state.raw(nothing)
  /** Tasks to choose from; `null` where the server lists none. */
  tasks = $state.raw<readonly Task[] | null>(null)
  recordings = $state.raw<readonly RecentRecording[]>([])
  /** Why the list of recordings is not up to date. */
  recordingsFailure = $state.raw<Failure | null>(null)
  /** The finished recording on the stage, once its link is there. */
  shown = $state.raw<ShownRecording | null>(null)
  /** Why the last command was refused. */
  refusal = $state.raw<Failure | null>(null)
  /** What has just happened, on the drop area. */
  notice = $state<string | null>(null)
  /** What the live region says. */
  spoken = $state('')
  /** The upload that its user is asked about before it is cancelled. */
  cancelAsked = $state.raw<Job | null>(null)
  /** What the task is asked for, while it is. */
  taskAsked = $state<'to upload' | 'to change it' | 'to record' | null>(null)
  /** Whether the user looks at which folder is watched. */
  folderAsked = $state(false)
  /** Whether its user is choosing what to record. */
  recordAsked = $state(false)
  /** What they have chosen of it, until the next start. */
  choices = $state.raw<Choices | null>(null)
  /** Whether its user is asked before what is being recorded is removed. */
  discardAsked = $state(false)
  /** The same of a finished recording that they were to look at. */
  discardReviewAsked = $state(false)
  /** Whether the user looks at something else while it is recorded. */
  private recordingAside = $state(false)
  /** Whether the user has gone on to something else, with files still to be looked over. */
  private reviewLater = $state(false)
  /** The upload that its user has moved in the queue, until its new place is told. */
  private moved: string | null = null
  now = $state(Date.now())

  job = $derived(this.overview.jobs.find((job) => job.id === this.selection.job) ?? null)
  signedIn = $derived(this.overview.session.state === 'signed_in')
  offline = $derived(
    this.recordingsFailure?.code === 'server_unreachable' || this.overview.jobs.some((job) => isOffline(job.phase)),
  )
  reviewing = $derived(this.overview.review.files.length > 0 && !this.reviewLater)
  /** What is being recorded, where that is on the stage. */
  recording = $derived(this.recordingAside ? null : this.overview.recording)
  screen = $derived.by(() => {
    const { state } = this.overview.session
    if (this.recording) return 'recording'
    if (state === 'restoring') return 'starting'
    if (state === 'signed_out') return 'sign-in'
    if (this.reviewing) return 'review'
    return this.selection.job === null && this.selection.recording === null ? 'ready' : 'upload'
  })
  /** For tests and styles: the phase of what is on the stage. */
  phase = $derived.by(() => {
    if (this.job && isPaused(this.job.phase) && this.screen === 'upload') return 'paused'
    if (this.screen === 'upload') return this.job?.phase.name ?? (this.shown ? 'done' : 'opening')
    return this.screen === 'ready' && this.notice !== null ? 'cancelled' : undefined
  })

  /** Starts listening; returns what stops it. */
  start(): () => void {
    let wasTold = false
    const listening = shell.onOverview((overview) => {
      wasTold = true
      this.take(overview)
    })
    // Listening first, so that no change falls between. An event that came meanwhile is younger than the answer.
    const first = listening.then(() => shell.overview())
    void this.run(first.then((overview) => wasTold || this.take(overview)))
    const clock = setInterval(() => (this.now = Date.now()), 1000)
    const again = setInterval(() => {
      if (this.recordingsFailure) void this.refresh()
    }, REFRESH_AFTER_FAILURE)
    return () => {
      clearInterval(clock)
      clearInterval(again)
      void listening.then((stop) => stop())
    }
  }

  private take(overview: Overview): void {
    const before = this.overview
    this.overview = overview
    this.selection = withJobs(this.selection, overview.jobs)
    const wasThere = (id: string) => before.review.files.some((file) => file.id === id)
    if (overview.review.files.some((file) => !wasThere(file.id))) this.showReview()
    if (overview.review.files.length === 0) {
      if (this.taskAsked !== 'to record') this.taskAsked = null
      this.discardReviewAsked = false
    }
    this.takeRecording(before.recording, overview.recording)
    if (this.selection.job !== null) this.notice = null
    this.announce(before.jobs, overview.jobs)
    this.spoken = reviewAnnouncement(before.review.files, overview.review.files) ?? this.spoken
    if (overview.session.state === 'signed_in' && before.session.state !== 'signed_in') {
      this.selection = withSignIn(this.selection, overview.jobs)
      void this.arrive()
    } else if (overview.task !== before.task) {
      // A base backend lists the recordings of the chosen task alone.
      void this.refresh()
    }
    if (overview.session.state === 'signed_out' && before.session.state === 'signed_in') this.leave()
  }

  private takeRecording(before: Recording | null, after: Recording | null): void {
    if (after && !before) {
      this.recordingAside = false
      this.recordAsked = false
    }
    if (!after) this.discardAsked = false
    this.spoken = recordingAnnouncement(before, after) ?? this.spoken
  }

  private announce(before: readonly Job[], after: readonly Job[]): void {
    const old = (job: Job) => before.find(({ id }) => id === job.id)
    const texts = after.map((job) => announcement(old(job), job)).filter((text) => text !== null)
    const moved = after.find(({ id }) => id === this.moved)
    const place = (job: Job | undefined) => (job?.phase.name === 'queued' ? job.phase.ahead : null)
    if (moved && place(moved) !== place(old(moved))) {
      texts.push(`${moved.fileName}: ${word(moved).toLowerCase()}.`)
      this.moved = null
    }
    if (texts.length > 0) this.spoken = texts.join(' ')
    const isNewlyDone = (job: Job) => job.phase.name === 'done' && old(job)?.phase.name !== 'done'
    if (after.some(isNewlyDone)) void this.refresh()
  }

  /** Somebody has signed in: what they may choose and what they have. */
  private async arrive(): Promise<void> {
    this.refusal = null
    await Promise.all([this.loadTasks(), this.refresh()])
  }

  private leave(): void {
    this.tasks = null
    this.recordings = []
    this.shown = null
    this.notice = null
    this.folderAsked = false
    // An upload stays on the stage: it goes on after sign-in.
    if (this.selection.recording !== null) this.selection = chooseNothing(this.selection)
  }

  private async loadTasks(): Promise<void> {
    this.tasks = (await this.run(shell.tasks())) ?? null
    const only = this.tasks?.length === 1 ? this.tasks[0] : undefined
    if (only && this.overview.task !== only.id) await this.run(shell.chooseTask(only.id))
  }

  /** Brings the list of recordings up to date. */
  async refresh(): Promise<void> {
    if (!this.signedIn) return
    try {
      this.recordings = await shell.recentRecordings()
      this.recordingsFailure = null
    } catch (error) {
      this.recordingsFailure = shell.isFailure(error) ? error : DEFECT
    }
  }

  /** Until when a recording of the list is kept, where the server says. */
  keptUntil(recording: string): number | null {
    return this.recordings.find(({ id }) => id === recording)?.keptUntil ?? null
  }

  /** Sends a command. A refusal is shown, and told as `undefined`. */
  async run<T>(command: Promise<T>): Promise<T | undefined> {
    try {
      const answer = await command
      this.refusal = null
      return answer
    } catch (error) {
      this.refusal = shell.isFailure(error) ? error : DEFECT
      return undefined
    }
  }

  /** What people call a task. */
  taskName(id: string): string {
    return this.tasks?.find((task) => task.id === id)?.name ?? id
  }

  /** Ends the program; it asks first where something is at work. */
  async quit(): Promise<void> {
    await this.run(shell.quit())
  }

  /** Opens the system's dialog. */
  async choose(): Promise<void> {
    this.notice = null
    await this.run(shell.chooseRecordings())
  }

  /** Uploads what has been looked over; asks for the task first where none is chosen. */
  async upload(hasTask = this.overview.task !== null): Promise<void> {
    if (!hasTask) this.taskAsked = 'to upload'
    else await this.run(this.stretches.known().then(() => shell.uploadReviewed()))
  }

  /** Opens the choice of what to record. */
  record(): void {
    this.notice = null
    this.refusal = null
    if (this.overview.recording) this.recordingAside = false
    else this.recordAsked = true
  }

  /** Tells what is being recorded what to do. */
  async tell(order: RecordingOrder): Promise<void> {
    this.discardAsked = false
    await this.run(shell.tellRecorder(order))
  }

  /** Takes everything out of the review; asks first where it was recorded here. */
  async discard(): Promise<void> {
    if (this.overview.review.files.some(({ recorded }) => recorded)) this.discardReviewAsked = true
    else await this.run(shell.discardReview(false))
  }

  showReview(): void {
    this.notice = null
    this.recordingAside = true
    this.reviewLater = false
  }

  show(job: Job): void {
    this.shown = null
    this.reviewLater = true
    this.recordingAside = true
    this.selection = chooseJob(this.selection, job.id)
  }

  goHome(): void {
    this.shown = null
    this.reviewLater = true
    this.recordingAside = true
    this.selection = chooseNothing(this.selection)
  }

  /** Shows a finished recording, with a fresh link. */
  async open(recording: RecentRecording): Promise<void> {
    this.shown = null
    this.reviewLater = true
    this.recordingAside = true
    this.selection = chooseRecording(this.selection, recording.id)
    const shown = await this.run(shell.showRecording(recording.id))
    // The user may have gone on to something else meanwhile.
    if (this.selection.recording !== recording.id) return
    if (shown) this.shown = shown
    else this.goHome()
  }

  /** Lets an upload rest. It stays on the stage, whatever the queue does. */
  async pause(job: Job): Promise<void> {
    this.selection = chooseJob(this.selection, job.id)
    await this.run(shell.pauseUpload(job.id))
  }

  /** Goes on with an upload that was paused or stopped. */
  async resume(job: Job): Promise<void> {
    await this.run(shell.resumeUpload(job.id))
  }

  /** Moves an upload that waits for its turn, where that is possible. */
  async move(job: Job, to: Move): Promise<void> {
    if (!moves(this.overview.jobs, job.id).has(to)) return
    this.moved = job.id
    const refused = (await this.run(shell.moveUpload(job.id, to))) === undefined
    if (refused && this.moved === job.id) this.moved = null
  }

  /** Gives an upload up. */
  async cancel(job: Job): Promise<void> {
    this.cancelAsked = null
    const wasActive = job.phase.name !== 'failed'
    const before = this.refusal
    await this.run(shell.cancelUpload(job.id))
    // The overview without it may come a moment later.
    const isOnTheStage = this.selection.job === null || this.selection.job === job.id
    if (this.refusal === before && wasActive && isOnTheStage) {
      this.notice = `${job.fileName} is not being uploaded any more. The file is where it was.`
    }
  }

  /** A fresh link for what is on the stage. */
  async renew(recording: string): Promise<void> {
    const link = await this.run(shell.renewLink(recording))
    if (link && this.shown?.recording.id === recording) this.shown = { ...this.shown, link }
  }
}
