//! HTML where outside text cannot become markup: tags and attribute names are the program's own
//! (`&'static str`), everything else is escaped where it is written (security case 1).

use std::fmt::Write;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

pub type Attributes<'a> = &'a [(&'static str, &'a str)];

impl Html {
    pub fn open(&mut self, tag: &'static str, attributes: Attributes<'_>) -> &mut Self {
        self.0.push('<');
        self.0.push_str(tag);
        for (name, value) in attributes {
            let _ = write!(self.0, " {name}=\"{}\"", escape(value));
        }
        self.0.push('>');
        self
    }

    pub fn close(&mut self, tag: &'static str) -> &mut Self {
        let _ = writeln!(self.0, "</{tag}>");
        self
    }

    pub fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&escape(text));
        self
    }

    /// A whole element with text inside.
    pub fn element(&mut self, tag: &'static str, attributes: Attributes<'_>, text: &str) -> &mut Self {
        self.open(tag, attributes).text(text);
        let _ = write!(self.0, "</{tag}>");
        self
    }

    /// Text in which what stands between two backticks is code, as in the documents' own sentences.
    pub fn prose(&mut self, text: &str) -> &mut Self {
        let pieces: Vec<&str> = text.split('`').collect();
        if pieces.len().is_multiple_of(2) {
            return self.text(text);
        }
        for (index, piece) in pieces.into_iter().enumerate() {
            if index % 2 == 0 {
                self.text(piece)
            } else {
                self.element("code", &[], piece)
            };
        }
        self
    }

    /// A whole element with [`Self::prose`] inside.
    pub fn element_of_prose(&mut self, tag: &'static str, attributes: Attributes<'_>, text: &str) -> &mut Self {
        self.open(tag, attributes).prose(text);
        let _ = write!(self.0, "</{tag}>");
        self
    }

    /// Markup of the program's own.
    pub fn fixed(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    pub fn append(&mut self, other: &Html) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    /// Letters and digits for the page's own script (base64): nothing in it can end the element.
    pub fn data(&mut self, id: &'static str, letters: &str) -> &mut Self {
        debug_assert!(letters.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/= ".contains(&byte)));
        let _ = writeln!(self.0, "<script type=\"text/plain\" id=\"{id}\">{letters}</script>");
        self
    }

    /// An SVG that [`crate::themed_svg::inline`] has found to be one of the program's own.
    pub(crate) fn checked_svg(&mut self, svg: &str) -> &mut Self {
        self.0.push_str(svg);
        self
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// For text and for quoted attributes, in HTML and in XML. Control characters and directional
/// overrides become visible: they could make a name look like another (security case 3).
pub fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
        for character in schema::fault::visible(body).chars() {
            match character {
                '&' => shown.push_str("&amp;"),
                '<' => shown.push_str("&lt;"),
                '>' => shown.push_str("&gt;"),
                '"' => shown.push_str("&quot;"),
                '\'' => shown.push_str("&#39;"),
                other => shown.push(other),
            }
        }
        shown.push_str(end);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code_and_still_no_markup() {
        let mut page = Html::default();
        page.element_of_prose("li", &[], "use `--a <b>`, or `c`").prose(" it`s");
        assert_eq!(page.into_string(), "<li>use <code>--a &lt;b&gt;</code>, or <code>c</code></li> it`s");
    }

    #[test]
    fn text_never_becomes_markup() {
        let mut page = Html::default();
        page.element("p", &[("title", "\" onload=\"x")], "<script>alert('1')</script>&\u{202e}");
        assert_eq!(
            page.into_string(),
            "<p title=\"&quot; onload=&quot;x\">&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;\\u{202e}</p>"
        );
    }
}
