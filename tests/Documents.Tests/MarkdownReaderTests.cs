using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

public sealed class MarkdownReaderTests
{
    [Fact]
    public void Headings_MakeSectionsOutsideThem()
    {
        var document = Read("a.md", "Intro.\n\n# One *loud*\n\nFirst.\n\n## Two\n\nSecond `code` and [a link](https://example.org).\n\n# Three\n\nThird.\n");
        Assert.Equal(
            [(null, "Intro."), ("One loud", "First."), ("One loud > Two", "Second code and a link."), ("Three", "Third.")],
            document.Sections.Select(section => (section.Heading, document.Text[section.Start..section.End])));
        Assert.Contains("One loud", document.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void ListsTablesCode_BecomeLines()
    {
        var document = Read("a.md", "---\ntitle: gone\n---\n\n- one\n- two\n  - three\n\n| a | b |\n|---|---|\n| c | d |\n\n```\nlet x = 1\n```\n\n> quoted\n\n<script>alert(1)</script>\n");
        Assert.Equal("one\ntwo\nthree\n\n| a | b |\n| --- | --- |\n| c | d |\n\nlet x = 1\n\nquoted", document.Text);
        Assert.Equal("gone", document.Title);
    }

    [Fact]
    public void OnlyHeadings_AreFoundAllTheSame()
    {
        var document = Read("a.md", "# One\n\n## Two\n");
        Assert.Equal("One\n\nTwo", document.Text);
        Assert.Single(document.Sections);
    }

    [Fact]
    public void Notes_AreText() => Assert.Equal(
        "Ferns like shade¹ and rain.\n\n1. Most of them do. See more.",
        Read("a.md", "Ferns like shade[^1] and rain.\n\n[^1]: Most of them do. See *more*.\n").Text);

    /// <summary>However many brackets before them made no link.</summary>
    [Fact]
    public void Links_AfterManyBracketsThatMakeNone_AreStillLinks()
    {
        var text = Read("a.md", string.Concat(Enumerable.Repeat("[a](", 40_000)) + "\n\nSee [the guide](https://example.org/guide (Guide)) and ![fern](data:image/png;base64," + new string('A', 1000) + ").\n").Text;
        Assert.EndsWith("\n\nSee the guide and fern.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_WithLongData_AreTheirWordsAlone() =>
        Assert.Equal("A fern.", Read("a.md", "A ![fern](data:image/png;base64," + new string('A', 400_000) + ").").Text);

    [Theory]
    [InlineData(10)]
    [InlineData(1000)]
    public void Definitions_InARowOfAnyLength_AllHold(int count)
    {
        var definitions = string.Concat(Enumerable.Range(0, count).Select(i => $"[a{i}]: https://example.org/{i} 'T'\n"));
        Assert.Equal(
            string.Join(' ', Enumerable.Range(0, count).Select(i => $"n{i}")),
            Read("a.md", definitions + "\n" + string.Join(' ', Enumerable.Range(0, count).Select(i => $"[n{i}][a{i}]"))).Text);
    }

    [Fact]
    public void NestedTooDeeply_IsRejected() => Assert.Contains("nested too deeply", Rejection("a.md", new string('>', 5000) + " x"), StringComparison.Ordinal);

    [Theory]
    [InlineData("Water weekly<br>Feed monthly<br/>Prune", "Water weekly\nFeed monthly\nPrune")]
    [InlineData("| P | C |\n|---|---|\n| Fern | mist<br>shade |", "| P | C |\n| --- | --- |\n| Fern | mist shade |")]
    [InlineData("<table>\n<tr><td>Fern</td><td>shade</td></tr>\n\n<tr><td>Rose</td><td>sun</td></tr>\n</table>\n\nAfter.", "| Fern | shade |\n| --- | --- |\n| Rose | sun |\n\nAfter.")]
    [InlineData("Fern <script>alert(1)</script> likes <span hidden>secret</span> shade <!-- note -->today.", "Fern likes shade today.")]
    [InlineData("<div hidden>\n\nSecret **text**.\n\n</div>\n\nShown.", "Shown.")]
    [InlineData("<details>\n<summary>More</summary>\n\n- item\n\n</details>", "More\n\nitem")]
    [InlineData("![A fern](x.png) &amp; <https://example.org>", "A fern & https://example.org")]
    [InlineData("- [ ] open\n- [x] done", "[ ] open\n[x] done")]
    [InlineData("Use List<String> for <your name>, x<y and y>z, <T>; <my-tag>kept</my-tag> <Part /> end", "Use List<String> for <your name>, x<y and y>z, <T>; kept end")]
    [InlineData("| a | b |\n|---|---|\n| 1 | 2 |\n*Source: us,\nlast year.*\n\nend", "| a | b |\n| --- | --- |\n| 1 | 2 |\n\nSource: us, last year.\n\nend")]
    [InlineData("| a | b |\n|---|---|\n| 1 | 2 |\n- one\n- two\n\n```\n| c |\n|---|\nd\n```", "| a | b |\n| --- | --- |\n| 1 | 2 |\n\none\ntwo\n\n| c |\n|---|\nd")]
    [InlineData("| Type | Or |\n|---|---|\n| `string \\| null` | **`a\\|b`** c \\| d |\n\n`e \\| f`", "| Type | Or |\n| --- | --- |\n| string \\| null | a\\|b c \\| d |\n\ne \\| f")]
    [InlineData("Here it is:\n| a | b |\n|---|---|\n| 1 | 2 |\n\nend", "Here it is:\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nend")]
    [InlineData("Not | here\nA | B\n- | x", "Not | here A | B\n\n| x")]
    public void HtmlWithin_MeansWhatItMeansEverywhere(string markdown, string expected) => Assert.Equal(expected, Read("a.md", markdown).Text);

    [Theory]
    [InlineData("---\n\n# Watering\n\nWeekly.\n\n---\n\n# Feeding\n\nMonthly.\n", "Watering\n\nWeekly.\n\nFeeding\n\nMonthly.")]
    [InlineData("---\n\n**Subject: ferns**\n\nMist them.\n\n---\n\n> The end\n", "Subject: ferns\n\nMist them.\n\nThe end")]
    [InlineData("---\nWater ferns weekly.\n---\n\nMore.\n", "Water ferns weekly.\n\nMore.")]
    [InlineData("---\n# Heading\n\nText.\n\n---\nRest.\n", "Heading\n\nText.\n\nRest.")]
    [InlineData("---\ntitle: x\nno end", "title: x no end")]
    [InlineData("----\ntitle: x\n----\n", "title: x")]
    [InlineData("---\ntitle: x\ntags: [a]\n---\n\n# Real\n\nBody.\n", "Real\n\nBody.")]
    [InlineData("\uFEFF---\r\ntitle: x\r\n---\r\n# Real\r\n\r\nBody.\r\n", "Real\n\nBody.")]
    [InlineData("---\ntitle: x\ntags:\n  - a\n  - b\n# note\ndesc: |\n  long\n\n  text\n...\nBody.\n", "Body.")]
    [InlineData("+++\ntitle = \"x\"\n[extra]\nn = 1\n+++\nBody.\n", "Body.")]
    [InlineData("---\n---\nBody.\n", "Body.")]
    public void FrontMatter_IsToldFromAThematicBreak(string markdown, string expected) => Assert.Equal(expected, Read("a.md", markdown).Text);

    [Fact]
    public void CodeWithSigns_IsNoHeading()
    {
        var document = Read("f.md", "# Example\n\n```python\n# A comment\nprint('q')\n```\n\n~~~sh\n# other ``` comment\n~~~\n\n    # indented\n\n# Next\n\nText.\n");
        Assert.Equal(["Example", "Next"], document.Sections.Select(section => section.Heading));
        Assert.Equal("Example\n\n# A comment\nprint('q')\n\n# other ``` comment\n\n# indented\n\nNext\n\nText.", document.Text);
    }

    /// <summary>A long one is parsed piece by piece, one with HTML in it as a page: nobody can tell which.</summary>
    [Fact]
    public void Long_IsReadInPiecesAsItIsAsAWhole()
    {
        var parts = Enumerable.Range(0, 4000).Select(i => (i % 6) switch
        {
            0 => $"## Bed {i}\n\nIt has *{i}* plants & [a sign][s], planted\nin rows.",
            1 => $"- one of {i}\n- two\n  - deeper\n\n  more of two",
            2 => $"| Plant | Light |\n|---|---|\n| Fern {i} | shade |\n| Rose | |",
            3 => $"```sh\nwater --bed {i}\n\n# twice\n```",
            4 => $"> Quoted {i}\n> - with an item\n\n---",
            _ => $"1. first of {i}\n2. second\n\nAnd a paragraph.",
        });
        var markdown = string.Join("\n\n", parts) + "\n\n[s]: https://example.org\n\nThe end";
        var (pieces, whole) = (Read("a.md", markdown), Read("a.md", markdown + "<!-- . -->"));
        Assert.Equal(whole.Text, pieces.Text);
        Assert.Equal(whole.Sections, pieces.Sections);
        Assert.Equal(whole.Blocks, pieces.Blocks);
    }

    /// <summary>What stands between dollar signs is a formula, whatever it would be elsewhere; a price is none.</summary>
    [Theory]
    [InlineData("Let $a*b*c$ and $x_{i}_{j} \\{1\\}$ be.", "Let $a*b*c$ and $x_{i}_{j} \\{1\\}$ be.")]
    [InlineData("$$\na*b*c \\\\\n= d_1 * e_1\n$$", "$$ a*b*c \\\\ = d_1 * e_1 $$")]
    [InlineData("From $5 to $10, *not* $20; US$5 *or* US$6, `$x*y` $z", "From $5 to $10, not $20; US$5 or US$6, $x*y $z")]
    [InlineData("$a `code*$*` b$ and $ a*b* $", "$a code*$* b$ and $ ab $")]
    [InlineData("Let \\(a*b*c\\) and \\[x_1 _2\\], not \\[a\\](b) \\(c\\).", "Let \\(a*b*c\\) and \\[x_1 _2\\], not [a](b) (c).")]
    [InlineData("\\[\na\n+ b\n\\]\n\n\\begin{align}\nx &= y \\\\\n- z &= w\n\\end{align}", "\\[ a + b \\]\n\n\\begin{align} x &= y \\\\ - z &= w \\end{align}")]
    [InlineData("- costs $5-$7 **now**\n- $$ open *only*", "costs $5-$7 now\n$$ open only")]
    public void Formulas_StayAsTheyAre(string markdown, string text) => Assert.Equal(text, Read("a.md", markdown).Text);

    [Fact]
    public void Headings_LoseTheirAttributes()
    {
        var document = Read("a.md", "# Top {#top .x key=1}\n\na {#b}\n\n## Use {x} {.cls}\n\nb\n\n## Kramdown {: #k }\n\nc\n\n## Braces {a: 1}\n\nd");
        Assert.Equal(["Top", "Top > Use {x}", "Top > Kramdown", "Top > Braces {a: 1}"], document.Sections.Select(section => section.Heading));
        Assert.Contains("a {#b}", document.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Tasks_KeepTheirState() => Assert.Equal("[x] done\n[ ] open\n\n1. [x] first", Read("a.md", "- [x] done\n- [ ] open\n\n1. [X] first").Text);

    [Theory]
    [InlineData("{\n  \"title\": \"T ü\",\n  \"tags\": [\"}\"]\n}\n\n# H\nBody", "T ü", "H\n\nBody")]
    [InlineData("{\n  \"draft\": true\n}\nBody", null, "Body")]
    [InlineData("{\nno json\n}\n\nBody", null, "{ no json }\n\nBody")]
    [InlineData("{\n\"a\": 1\n} is an object.", null, "{ \"a\": 1 } is an object.")]
    public void FrontMatter_OfJson_Goes(string markdown, string? title, string text)
    {
        var document = Read("a.md", markdown);
        Assert.Equal(text, document.Text);
        if (title is not null) Assert.Equal(title, document.Title);
    }

    [Theory]
    [InlineData("a.mdx", "import A from 'a'\nimport {B} from 'b'\n\nexport const x = 1\n\n# H\n\nimport duties rise\n", "H\n\nimport duties rise")]
    [InlineData("a.md", "import duties rise\n", "import duties rise")]
    public void Modules_OfMdx_AreForMachines(string path, string markdown, string text) => Assert.Equal(text, Read(path, markdown).Text);

    /// <summary>Boxes have their title as a line of its own, and their text as text, however they are written; what only looks so is as it was.</summary>
    [Theory]
    [InlineData("!!! warning \"Hot *surface*\"\n    Never touch it.\n\n    Second.\n\nAfter.", "Hot surface\n\nNever touch it.\n\nSecond.\n\nAfter.")]
    [InlineData("!!! note\n    Plain.\n\n        code\n\nAfter.", "Note\n\nPlain.\n\ncode\n\nAfter.")]
    [InlineData("??? tip \"\"\n    Folded.\n\n???+ danger inline end\n    Open.", "Folded.\n\nDanger\n\nOpen.")]
    [InlineData("=== \"Linux\"\n\n    Run `apt`.\n\n=== \"Windows\"\n\n    Run `winget`.", "Linux\n\nRun apt.\n\nWindows\n\nRun winget.")]
    [InlineData("- item\n\n    !!! danger \"In it\"\n\n        Deep.\n\n  after", "item\nIn it\nDeep.\nafter")]
    [InlineData(":::warning Careful here\nText.\n:::\nAfter.", "Careful here\n\nText.\n\nAfter.")]
    [InlineData(":::tip[Own *title*]\n\n- a\n\n:::", "Own title\n\na")]
    [InlineData("::::note\nOuter.\n\n:::tip\nInner.\n:::\n\nOuter again.\n::::\nAfter.", "Note\n\nOuter.\n\nTip\n\nInner.\n\nOuter again.\n\nAfter.")]
    [InlineData(":::note\nOuter.\n:::tip\nInner.\n:::\nOuter.\n:::\nAfter.", "Note\n\nOuter.\n\nTip\n\nInner.\n\nOuter.\n\nAfter.")]
    [InlineData(":::{warning}\nMyST.\n:::\n\n::: {.callout-note}\nQuarto.\n:::\n\n::: {.wide #x}\nPandoc.\n:::", "Warning\n\nMyST.\n\nNote\n\nQuarto.\n\nPandoc.")]
    [InlineData("> [!NOTE]\n> Shown.\n>\n> More.", "Note\n\nShown.\n\nMore.")]
    [InlineData("> [!tip]- Own *title*\n> Text.\n>\n> > [!WARNING]\n> > Inner.", "Own title\n\nText.\n\nWarning\n\nInner.")]
    [InlineData("```\n::: note\n> [!NOTE]\n!!! note\n```", "::: note\n> [!NOTE]\n!!! note")]
    [InlineData("> text\n> [!NOTE]\n\n[!NOTE]\n\n!!! Really\n!!!\n\na ::: b std::vec::Vec", "text [!NOTE]\n\n[!NOTE]\n\nReally\n\n!!!\n\na ::: b std::vec::Vec")]
    public void Boxes_AreTitlesAndText(string markdown, string text) => Assert.Equal(text, Read("a.md", markdown).Text);

    [Fact]
    public void Headings_InBoxes_AreHeadings() =>
        Assert.Equal(["Top", "Top > In it"], Read("a.md", "# Top\n\na\n\n:::note\n\n## In it\n\nb\n\n:::\n").Sections.Select(section => section.Heading));

    [Theory]
    [InlineData("Pump\n:   Moves *water*.\n\n    Day and night.\n:   Or oil.\n\nAfter.", "Pump\nMoves water.\nDay and night.\nOr oil.\n\nAfter.")]
    [InlineData("Pump\n: Moves water.\n\nFan\n: Moves air.", "Pump\nMoves water.\nFan\nMoves air.")]
    public void Definitions_StandBelowTheirTerms(string markdown, string text) => Assert.Equal(text, Read("a.md", markdown).Text);

    /// <summary>As Obsidian and wikis of Git hosts write them.</summary>
    [Theory]
    [InlineData("See [[Fern Care|ferns]], [[Roses]], [[Soil#pH]] and [[#Below]].", "See ferns, Roses, Soil > pH and Below.")]
    [InlineData("![[p.png]] and ![[p.png|100]] and ![[Other note]].", "and and Other note.")]
    [InlineData("| A | B |\n|---|---|\n| [[Fern\\|ferns]] | [[x y|z]] |", "| A | B |\n| --- | --- |\n| ferns | z |")]
    [InlineData("[[1]](http://x) [[ -f x ]] [[1,2]] `[[a|b]]` [[a]: b", "[1] [[ -f x ]] [[1,2]] [[a|b]] [[a]: b")]
    [InlineData("Some %%remark%% here, 100%% or %%i in %%j.\n\n%%\nmore\n\nremarks\n%%\n\nEnd.", "Some here, 100%% or %%i in %%j.\n\nEnd.")]
    public void WikiLinks_AreTheirWords(string markdown, string text) => Assert.Equal(text, Read("a.md", markdown).Text);

    /// <summary>Lines that are for the program that makes the page go, what they say of a box's title stays.</summary>
    [Theory]
    [InlineData("{% hint style=\"info\" title=\"Beware\" %}\nHot *water*\n{% endhint %}\nx", "Beware\n\nHot water\n\nx")]
    [InlineData("{{< note >}}\nCold\n{{< /note >}}\n\n{{% tab name='One' %}}\na\n{{% /tab %}}", "Cold\n\nOne\n\na")]
    [InlineData("[TOC]\n\n# A\n\n[[_TOC_]]\n\na\n\n\\newpage\n\nb", "A\n\na\n\nb")]
    [InlineData("Say {{ name }} and {% x %} here\n\n```\n{% keep %}\n[TOC]\n+---+\n| a |\n+---+\n%%\n```", "Say {{ name }} and {% x %} here\n\n{% keep %}\n[TOC]\n+---+\n| a |\n+---+\n%%")]
    public void Templates_Go(string markdown, string text) => Assert.Equal(text, Read("a.md", markdown).Text);

    [Theory]
    [InlineData("import X from 'x'\nimport {\n  A\n} from 'a'\n\nexport const meta = {\n  title: 'T'\n}\n\n# Hello\n\nText\n\nimport Y from 'y'\n\nexport default z", "Hello\n\nText")]
    [InlineData("<Tabs items={[\"a\", \"b\"]}>\n  <Tab title=\"One\">\n    Use **it**.\n\n    ```sh\n    run\n    ```\n  </Tab>\n</Tabs>\n\nEnd.", "One\n\nUse it.\n\nrun\n\nEnd.")]
    [InlineData("<Card\n  title=\"How?\"\n  icon={<Icon a=\">\" />}\n>\n  So.\n</Card>\n<Line />\nx", "How?\n\nSo.\n\nx")]
    [InlineData("A {/* gone */}line\n\n{/*\nmore\n*/}\n\nwith <Tip t='x'>word</Tip> and {value}.", "A line\n\nwith word and {value}.")]
    [InlineData("```jsx\nimport X from 'x'\n<Keep title=\"x\" />\n{/* keep */}\n```\n\n<b>import</b> tax", "import X from 'x'\n<Keep title=\"x\" />\n{/* keep */}\n\nimport tax")]
    public void Mdx_IsItsText(string mdx, string text) => Assert.Equal(text, Read("a.mdx", mdx).Text);

    /// <summary>As YAML and Pandoc let a title be written.</summary>
    [Theory]
    [InlineData("---\ntitle: >-\n  Fern\n  care\ndate: 2024\n---\nBody", "Fern care")]
    [InlineData("---\ntitle: |\n  Fern care\n---\nBody", "Fern care")]
    [InlineData("---\ntitle: \"Fern: care\" # a remark\n---\nBody", "Fern: care")]
    [InlineData("---\ntitle: Fern care # a remark\n---\nBody", "Fern care")]
    [InlineData("---\ntitle: 'Ann''s fern'\n---\nBody", "Ann's fern")]
    [InlineData("---\ntitle: \"The \\\"fern\\\"\"\n---\nBody", "The \"fern\"")]
    [InlineData("+++\ntitle = \"C# care\"\n+++\nBody", "C# care")]
    [InlineData("% Fern\n  care\n% Ann\n% 2024\n\nBody", "Fern care")]
    public void Titles_OfFrontMatter_AreRead(string markdown, string title)
    {
        var document = Read("a.md", markdown);
        Assert.Equal((title, "Body"), (document.Title, document.Text));
    }

    [Theory]
    [InlineData("% of all ferns\nlike shade.", "% of all ferns like shade.")]
    [InlineData("# A\n{: .no_toc }\n\nText.\n{: #id .note }\n\n{:toc}", "A\n\nText.")]
    public void Marks_OfPandocAndKramdown_AreTold(string markdown, string text) => Assert.Equal(text, Read("a.md", markdown).Text);

    /// <summary>Names of HTML's that a text speaks of are words: nothing closes them, or nothing in their paragraph. A real tag is one.</summary>
    [Theory]
    [InlineData("The <script> tag.\n\nThe <title> and <style>.\n\nEnd.", "The <script> tag.\n\nThe <title> and <style>.\n\nEnd.")]
    [InlineData("A <textarea>, <select> or <option>.\n\nA <nav> or <template>.\n\nEnd.", "A <textarea>, <select> or <option>.\n\nA <nav> or <template>.\n\nEnd.")]
    [InlineData("- <head>: metadata\n- <title>: name\n- <link>: more", "<head>: metadata\n<title>: name\n<link>: more")]
    [InlineData("The <script> tag.\n\n<script>\nalert(1)\n</script>\n\nEnd.", "The <script> tag.\n\nEnd.")]
    [InlineData("Copy <source file> to <title of page>, if a<b and c>d.", "Copy <source file> to <title of page>, if a<b and c>d.")]
    [InlineData("A <details open><summary>Sum</summary>x</details> and <p hidden>y</p> <div markdown>z</div>", "A\n\nSum\n\nx\n\nand\n\nz")]
    [InlineData("A <b>bold word\n\n<center>\n\nText", "A bold word\n\nText")]
    [InlineData("A <nav class=x>b\n\nText", "A b\n\nText")]
    public void Tags_ThatAreSpokenOf_AreWords(string markdown, string text) => Assert.Equal(text, Read("a.md", markdown).Text);

    /// <summary>Rows that are indented for the eye are rows, after a blank line too; code is code.</summary>
    [Theory]
    [InlineData("<table>\n    <tr>\n        <td>A</td>\n\n        <td>B</td>\n    </tr>\n\n    <tr><td>C</td><td>D</td></tr>\n</table>\n\nEnd.", "| A | B |\n| --- | --- |\n| C | D |\n\nEnd.")]
    [InlineData("<table>\n\n\t<tr><td>A</td><td>B</td></tr>\n\n</table>", "| A | B |")]
    [InlineData("<ul>\n    <li>one</li>\n\n    <li>two\n        <ul>\n\n            <li>deep</li>\n        </ul>\n    </li>\n</ul>\n\n    <b>code</b>", "one\ntwo\ndeep\n\n<b>code</b>")]
    [InlineData("```\n<table>\n\n    <tr>\n```\n\n    <p>code</p>", "<table>\n\n    <tr>\n\n<p>code</p>")]
    public void Html_ThatIsIndented_IsHtml(string markdown, string text) => Assert.Equal(text, Read("a.md", markdown).Text);

    [Theory]
    [InlineData("\n\n---\ntitle: x\n---\nBody", "x", "Body")]
    [InlineData("<!-- lint off -->\n<!-- two\nlines -->\n\n---\ntitle: x\n---\nBody", "x", "Body")]
    [InlineData("\n---\nNote: water weekly.\n---\n\nBody", null, "Note: water weekly.\n\nBody")]
    [InlineData("+++\ntitle = \"x\"\ndescription = \"\"\"\nlong\n\n+ more\n\"\"\"\ntags = [\"a\",\n \"b\"]\n[[menu.main]]\n+++\nBody", "x", "Body")]
    [InlineData("---\n作者: 李\ntitle: x\n---\nBody", "x", "Body")]
    [InlineData("---\n$schema: x\nog:title: y\n/old: z\n---\nBody", null, "Body")]
    [InlineData("---json\n{\n  \"title\": \"x\",\n  \"tags\": [\"a\"]\n}\n---\nBody", "x", "Body")]
    [InlineData("---js\n{\n  title: 'x',\n}\n---\nBody", "x", "Body")]
    [InlineData(";;;\n\"title\": \"x\"\n;;;\nBody", "x", "Body")]
    [InlineData("---yaml\ntitle: x\n---\nBody", "x", "Body")]
    [InlineData("---toml\ntitle = \"x\"\n---\nBody", "x", "Body")]
    [InlineData("---json\nno object\n---\nBody", null, "---json no object\n\nBody")]
    public void FrontMatter_OfMoreKinds_Goes(string markdown, string? title, string text)
    {
        var document = Read("a.md", markdown);
        Assert.Equal(text, document.Text);
        if (title is not null) Assert.Equal(title, document.Title);
    }

    [Theory]
    [InlineData("#\u00a0Care\n\nText", "Care")]
    [InlineData("##\u3000手入れ\n\nText", "手入れ")]
    [InlineData("\u200b# Care\n\nText", "Care")]
    [InlineData("a ![Map](m.png =300x) b\n\nText", null)]
    public void Headings_WithOtherSpaces_AreHeadings(string markdown, string? heading)
    {
        var document = Read("a.md", markdown);
        Assert.Equal(heading, document.Sections[0].Heading);
        Assert.Equal($"{heading ?? "a Map b"}\n\nText", document.Text);
    }

    [Fact]
    public void Caption_BelowATable_IsNoDefinition() =>
        Assert.Equal("| a | b |\n| --- | --- |\n| 1 | 2 |\n\nThe *caption*".Replace("*", "", StringComparison.Ordinal), Read("a.md", "| a | b |\n|---|---|\n| 1 | 2 |\n\n: The *caption*").Text);
}
