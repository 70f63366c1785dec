//! The figures as pictures, without a browser: ECharts runs in QuickJS and writes SVG, which resvg turns into PNG.
//!
//! The scripts are those of the page, so a picture is the figure of the page. Behind the feature `pictures`, since a
//! JavaScript engine and a rasteriser are large.

use crate::failure::{Failure, Outcome};
use resvg::{tiny_skia, usvg};
use rquickjs::{CatchResultExt, Context, Ctx, Runtime};
use std::sync::Arc;

/// How deep scripts may call, in bytes of stack. They run on a thread that has more.
const STACK: usize = 4 << 20;

/// How many pixels of a PNG there are to a unit of the drawing.
const SCALE: f32 = 2.0;

/// The figures by name, as SVG. `data`: what stands in the page, as JSON.
///
/// # Errors
/// If a script fails, which would be a fault of ours.
pub(super) fn draw(data: String) -> Outcome<Vec<(String, String)>> {
    let thread = std::thread::Builder::new().stack_size(2 * STACK).spawn(move || run(&data));
    let failed = |error: &dyn std::fmt::Display| Failure::Ours(format!("cannot draw the figures: {error}"));
    let done = thread.map_err(|error| failed(&error))?.join();
    done.unwrap_or_else(|_| Err("the script engine has panicked".to_owned())).map_err(|error| failed(&error))
}

fn run(data: &str) -> Result<Vec<(String, String)>, String> {
    let runtime = Runtime::new().map_err(|error| error.to_string())?;
    runtime.set_max_stack_size(STACK);
    let context = Context::full(&runtime).map_err(|error| error.to_string())?;
    context.with(|ctx| {
        let globals = ctx.globals();
        globals.set("text", data).map_err(|error| error.to_string())?;
        for script in [include_str!("pictures.js")].into_iter().chain(super::page::SCRIPTS) {
            evaluate::<rquickjs::Value>(&ctx, script)?;
        }
        evaluate::<rquickjs::Value>(&ctx, "const data = JSON.parse(text), all = pictures(data); undefined")?;
        let names: Vec<String> = evaluate(&ctx, "all.map(([name]) => name)")?;
        let picture = |(place, name): (usize, String)| Ok((name, evaluate(&ctx, &format!("drawn(all[{place}])"))?));
        names.into_iter().enumerate().map(picture).collect()
    })
}

fn evaluate<'js, T: rquickjs::FromJs<'js>>(ctx: &Ctx<'js>, script: &str) -> Result<T, String> {
    ctx.eval::<T, _>(script).catch(ctx).map_err(|error| error.to_string())
}

/// Turns drawings into PNG.
pub(super) struct Raster {
    options: usvg::Options<'static>,
    words: bool,
}

impl Raster {
    /// With the fonts of this machine.
    pub(super) fn new() -> Raster {
        let mut fonts = usvg::fontdb::Database::new();
        fonts.load_system_fonts();
        let family = fonts.faces().find_map(|face| face.families.first().map(|(name, _)| name.clone()));
        // What stands for any face without serifs, where none of those that are named is installed.
        let known = ["DejaVu Sans", "Liberation Sans", "Noto Sans", "Arial", "Helvetica"];
        let installed = |name: &&str| fonts.faces().any(|face| face.families.iter().any(|(family, _)| family == name));
        let sans = known.iter().find(|name| installed(name)).map(|name| (*name).to_owned()).or(family);
        let words = sans.is_some();
        if let Some(sans) = &sans {
            fonts.set_sans_serif_family(sans.clone());
        }
        let options = usvg::Options {
            font_family: sans.unwrap_or_default(),
            fontdb: Arc::new(fonts),
            ..usvg::Options::default()
        };
        Raster { options, words }
    }

    /// Whether there is a font; without any, the words of a drawing are left out.
    pub(super) fn has_words(&self) -> bool {
        self.words
    }

    /// A drawing as PNG, two pixels to a unit.
    ///
    /// # Errors
    /// If the drawing is no SVG, which would be a fault of ours.
    pub(super) fn png(&self, svg: &str) -> Outcome<Vec<u8>> {
        let failed = |error: &dyn std::fmt::Display| Failure::Ours(format!("cannot draw a PNG: {error}"));
        let tree = usvg::Tree::from_str(svg, &self.options).map_err(|error| failed(&error))?;
        let size = tree.size().to_int_size().scale_by(SCALE).ok_or_else(|| failed(&"the drawing has no size"))?;
        let mut pixels =
            tiny_skia::Pixmap::new(size.width(), size.height()).ok_or_else(|| failed(&"the drawing is too large"))?;
        let scale = tiny_skia::Transform::from_scale(SCALE, SCALE);
        resvg::render(&tree, scale, &mut pixels.as_mut());
        pixels.encode_png().map_err(|error| failed(&error))
    }
}
