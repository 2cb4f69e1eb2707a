//! The screen of a display without a real one, which can be unplugged and made smaller all the same.

use x11rb::connection::Connection as _;
use x11rb::protocol::randr::{
    ConnectionExt as _, Crtc, GetCrtcInfoReply, Mode, Output, Rotation, SetConfig,
};
use x11rb::rust_connection::RustConnection;

/// The only screen of a display.
pub struct Monitor {
    connection: RustConnection,
    root: u32,
    crtc: Crtc,
    mode: Mode,
    outputs: Vec<Output>,
}

impl Monitor {
    /// What it is called.
    pub const NAME: &str = "screen";

    /// That of this display.
    pub fn of(display: &str) -> Self {
        let (connection, screen) = x11rb::connect(Some(display)).expect("a display");
        let root = connection.setup().roots[screen].root;
        let resources = connection.randr_get_screen_resources(root).unwrap();
        let crtc = resources.reply().unwrap().crtcs[0];
        let shown = connection.randr_get_crtc_info(crtc, x11rb::CURRENT_TIME);
        let GetCrtcInfoReply { mode, outputs, .. } = shown.unwrap().reply().unwrap();
        Self {
            connection,
            root,
            crtc,
            mode,
            outputs,
        }
    }

    /// It is unplugged, or dark.
    pub fn switch_off(&self) {
        self.show(x11rb::NONE, &[]);
    }

    /// It is as it was at first.
    pub fn switch_on(&self) {
        self.show(self.mode, &self.outputs);
    }

    fn show(&self, mode: Mode, outputs: &[Output]) {
        let now = x11rb::CURRENT_TIME;
        let rotation = Rotation::ROTATE0;
        let set = self
            .connection
            .randr_set_crtc_config(self.crtc, now, now, 0, 0, mode, rotation, outputs);
        let status = set.unwrap().reply().unwrap().status;
        assert_eq!(status, SetConfig::SUCCESS);
    }

    /// Makes the desktop so large.
    pub fn resize(&self, (width, height): (u16, u16)) {
        let size = self
            .connection
            .randr_set_screen_size(self.root, width, height, 100, 100);
        size.unwrap().check().unwrap();
    }
}
