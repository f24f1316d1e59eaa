//! How something is meant, in the design system's words.

/// What a state means for who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It takes its course.
    Info,
    /// It arrived.
    Success,
    /// It is over, or somebody must do something first.
    Warning,
    /// It went wrong.
    Danger,
}

impl Tone {
    /// The end of the design system's classes, and the name of its icon.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Danger => "danger",
        }
    }
}
