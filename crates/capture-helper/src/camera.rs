//! A camera in the corner of the picture. It has a pipeline and a thread of its own, so that the screen's pictures never wait
//! for it: over each of them the camera's newest one is laid, however old that is. One that gives no more, or none at all,
//! is looked for until it is back.

mod eye;
mod inset;
pub(crate) mod test_picture;
mod trouble;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use capture::{CameraDevice, PREVIEW_PIXELS, Preview, Sources};
use gst::prelude::*;
use gstreamer as gst;

use crate::frames;
use crate::inbox::Input;
use crate::listing;
use crate::outlet::note;
use crate::picture::{self, caps_filter};
use crate::trouble::Trouble;

use eye::Eye;
use inset::Inset;

pub(crate) use trouble::CameraTrouble;

/// A camera takes a while to wake up. One that gives no picture for so long is gone, whatever it says.
const PATIENCE: gst::ClockTime = gst::ClockTime::from_seconds(5);
/// How often is looked whether it is back.
const BACK_EVERY: Duration = Duration::from_secs(2);
/// Nothing is waited for longer, so that nobody waits for the thread.
const LOOK_EVERY: gst::ClockTime = gst::ClockTime::from_mseconds(100);
/// The encoder's colours.
const ENCODED: &str = "video/x-raw,format=I420,colorimetry=bt709";
/// The first ones are dark, until a camera has seen how light it is.
const FIRST_PICTURES: i32 = 10;
/// A camera that cannot be closed in this time is closed by the end of this program.
const CLOSED_WITHIN: Duration = Duration::from_millis(500);

/// A camera's pictures, for as long as it lives.
pub(crate) struct CameraFrames {
    newest: Arc<Newest>,
    /// Of the pictures that they are laid over.
    size: (u32, u32),
    over: Arc<AtomicBool>,
    watching: Option<Watching>,
    ended: Option<Receiver<()>>,
}

/// The last picture that came, and how many have come.
#[derive(Default)]
struct Newest {
    inset: Mutex<Option<Arc<Inset>>>,
    given: AtomicU64,
}

impl Newest {
    fn replace(&self, inset: Inset) {
        let inset = Arc::new(inset);
        *self.inset.lock().unwrap_or_else(PoisonError::into_inner) = Some(inset);
        self.given.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> Option<Arc<Inset>> {
        let inset = self.inset.lock().unwrap_or_else(PoisonError::into_inner);
        inset.clone()
    }
}

impl CameraFrames {
    /// This camera's, for pictures of this size. It is not opened yet.
    pub(crate) fn new(
        device: &CameraDevice,
        sources: &'static Sources,
        size: (u32, u32),
        told: &Sender<Input>,
    ) -> Self {
        let (newest, over) = (Arc::<Newest>::default(), Arc::<AtomicBool>::default());
        let watching = Watching {
            device: device.clone(),
            sources,
            room: inset::room(size),
            newest: Arc::clone(&newest),
            over: Arc::clone(&over),
            told: told.clone(),
            seen: true,
        };
        Self {
            newest,
            size,
            over,
            watching: Some(watching),
            ended: None,
        }
    }

    /// Lays the newest over each picture that comes out of this element, in the encoder's colours.
    pub(crate) fn lay_over(&self, element: &gst::Element) {
        let Some(way_out) = element.static_pad("src") else {
            return;
        };
        let (newest, size) = (Arc::clone(&self.newest), self.size);
        way_out.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
            if let (Some(inset), Some(picture)) = (newest.get(), info.buffer_mut()) {
                // Where there is no room for it, the picture is shown without.
                inset.lay_over(size, picture);
            }
            gst::PadProbeReturn::Ok
        });
    }

    /// Opens the camera. It is told where that fails, and where it is gone or back.
    pub(crate) fn start(&mut self) {
        let Some(mut watching) = self.watching.take() else {
            return;
        };
        let (ending, ended) = mpsc::channel();
        thread::spawn(move || {
            watching.run();
            drop(ending);
        });
        self.ended = Some(ended);
    }

    /// Lets it be closed, without waiting for that. The newest picture stays.
    pub(crate) fn close(&self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

impl Drop for CameraFrames {
    fn drop(&mut self) {
        self.close();
        if let Some(ended) = self.ended.take() {
            let _ = ended.recv_timeout(CLOSED_WITHIN);
        }
    }
}

/// The thread that takes them.
struct Watching {
    device: CameraDevice,
    sources: &'static Sources,
    room: (u32, u32),
    newest: Arc<Newest>,
    over: Arc<AtomicBool>,
    told: Sender<Input>,
    /// As was told last.
    seen: bool,
}

impl Watching {
    fn run(&mut self) {
        while !self.is_over() {
            match self.open() {
                // Told before it is closed: one that is stuck may take its time for that, or never come to an end of it.
                Ok(eye) => {
                    if let Err(trouble) = self.watch(&eye) {
                        self.lose(&trouble);
                    }
                }
                Err(trouble) => self.lose(&trouble),
            }
            self.await_its_return();
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn lose(&mut self, trouble: &Trouble) {
        if self.tell(false) {
            note(&format!("the camera {}: {trouble}", self.device.name));
        }
    }

    /// Whether it was news.
    fn tell(&mut self, seen: bool) -> bool {
        let is_news = std::mem::replace(&mut self.seen, seen) != seen;
        if is_news {
            let _ = self.told.send(Input::CameraSeen(seen));
        }
        is_news
    }

    fn open(&self) -> Result<Eye, Trouble> {
        let sink = gst::ElementFactory::make("fakesink")
            .property("sync", false)
            .property("enable-last-sample", false)
            .build()?;
        if let Some(way_in) = sink.static_pad("sink") {
            let newest = Arc::clone(&self.newest);
            way_in.add_probe(gst::PadProbeType::BUFFER, move |way_in, info| {
                if let (Some(buffer), Some(caps)) = (info.buffer(), way_in.current_caps())
                    && let Some(inset) = Inset::of(&caps, buffer.clone())
                {
                    newest.replace(inset);
                }
                gst::PadProbeReturn::Ok
            });
        }
        let mut through = shrink(self.room, ENCODED)?;
        through.push(sink);
        Eye::open(&self.device, self.sources, &through)
    }

    /// Until it gives no more pictures, or nobody wants them.
    fn watch(&mut self, eye: &Eye) -> Result<(), Trouble> {
        let newest = Arc::clone(&self.newest);
        let given = || newest.given.load(Ordering::Relaxed);
        let (mut counted, mut last) = (given(), Instant::now());
        while !self.is_over() {
            if let Some(ended) = eye.ended(LOOK_EVERY) {
                return ended.and(Err(Trouble::NoPicture));
            }
            let now = given();
            if now != counted {
                (counted, last) = (now, Instant::now());
                self.tell(true);
            } else if last.elapsed() >= Duration::from(PATIENCE) {
                return Err(Trouble::NoPicture);
            }
        }
        Ok(())
    }

    /// Until there is a camera of its name again, wherever it is plugged in now, or nobody wants it.
    fn await_its_return(&mut self) {
        let mut look_at = Instant::now() + BACK_EVERY;
        while !self.is_over() {
            thread::sleep(LOOK_EVERY.into());
            if Instant::now() < look_at {
                continue;
            }
            let mut cameras = listing::cameras(self.sources);
            cameras.retain(|camera| camera.name == self.device.name);
            // Of several of one kind the one that it was.
            cameras.sort_by_key(|camera| camera.id != self.device.id);
            if let Some(back) = cameras.into_iter().next() {
                self.device = back;
                return;
            }
            look_at = Instant::now() + BACK_EVERY;
        }
    }
}

/// Makes pictures so small that they fit, in their own proportions, and gives them these colours.
fn shrink(room: (u32, u32), colours: &'static str) -> Result<Vec<gst::Element>, Trouble> {
    // Small first: what is done then is done to fewer points.
    let scale = gst::ElementFactory::make("videoscale")
        .property("add-borders", false)
        .build()?;
    let (convert, filter) = (picture::convert()?, caps_filter(colours)?);
    let asking = filter.clone();
    if let Some(way_in) = scale.static_pad("sink") {
        // How large they are is known once it is told, which is before the first one comes.
        way_in.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
            if let Some(gst::EventView::Caps(told)) = info.event().map(|event| event.view())
                && let Some(size) = frames::size_of(told.caps())
            {
                let (width, height) = inset::fitted(room, size);
                let caps =
                    format!("{colours},width={width},height={height},pixel-aspect-ratio=1/1");
                asking.set_property_from_str("caps", &caps);
            }
            gst::PadProbeReturn::Ok
        });
    }
    Ok(vec![scale, convert, filter])
}

/// Opens a camera until it gives a first picture.
pub(crate) fn probe(device: &CameraDevice, sources: &Sources) -> Result<(), Trouble> {
    let sink = gst::ElementFactory::make("fakesink")
        .property("num-buffers", 1_i32)
        .build()?;
    until_the_end(&Eye::open(device, sources, &[sink])?)
}

fn until_the_end(eye: &Eye) -> Result<(), Trouble> {
    eye.ended(PATIENCE).unwrap_or(Err(Trouble::NoPicture))
}

/// One picture of a camera, twice as wide as its place in a preview.
pub(crate) fn preview(device: &CameraDevice, sources: &Sources) -> Result<Preview, Trouble> {
    taken(device, sources).map_err(|trouble| {
        let name = device.name.clone();
        let said = match trouble {
            Trouble::Element { said, .. } => said.trim_end_matches('.').to_owned(),
            trouble => trouble.to_string(),
        };
        CameraTrouble::Unusable { name, said }.into()
    })
}

fn taken(device: &CameraDevice, sources: &Sources) -> Result<Preview, Trouble> {
    let sink = gst::ElementFactory::make("fakesink")
        .property("num-buffers", FIRST_PICTURES)
        .build()?;
    let way_in = sink.static_pad("sink").ok_or(Trouble::NoPicture)?;
    let last = Arc::<Mutex<Option<gst::Buffer>>>::default();
    let keeping = Arc::clone(&last);
    way_in.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        let mut kept = keeping.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = info.buffer().cloned();
        gst::PadProbeReturn::Ok
    });
    let room = inset::room((2 * PREVIEW_PIXELS, 2 * PREVIEW_PIXELS));
    let mut through = shrink(room, "video/x-raw")?;
    through.extend([gst::ElementFactory::make("pngenc").build()?, sink]);
    let eye = Eye::open(device, sources, &through)?;
    until_the_end(&eye)?;
    let size = way_in.current_caps();
    let size = size.and_then(|caps| frames::size_of(&caps));
    let last = last.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (Some((width, height)), Some(last)) = (size, last) else {
        return Err(Trouble::NoPicture);
    };
    let png = last.map_readable()?.to_vec();
    Ok(Preview { width, height, png })
}
