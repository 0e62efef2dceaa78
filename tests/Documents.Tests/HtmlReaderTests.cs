using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

public sealed class HtmlReaderTests
{
    [Theory]
    [InlineData("3·10<sup>8</sup> m/s, 25 m<sup>2</sup>, 10<sup>-3</sup>, x<sup>n+1</sup>", "3·10⁸ m/s, 25 m², 10⁻³, xⁿ⁺¹")]
    [InlineData("5<sup>1</sup> and <sup>1</sup> a note, 7<sup>[2]</sup>, the 1<sup>st</sup>, Acme<sup>TM</sup>, CO<sub>2</sub>", "5¹ and ¹ a note, 7[2], the 1st, AcmeTM, CO2")]
    [InlineData("e<sup>-x</sup>, 2<sup>3x</sup>, 5<sup>1,2</sup>, x<sup>a/b</sup>", "e^(-x), 2^(3x), 5^(1,2), x^(a/b)")]
    [InlineData("10<sup><b>5</b></sup>, 10<sup hidden>5</sup>, 10<sup></sup>, <sup>5", "10⁵, 10, 10, ⁵")]
    [InlineData("<math><msup><mn>10</mn><mn>5</mn></msup><mo>=</mo><mfrac><mn>1</mn><mn>2</mn></mfrac></math>", "10⁵=1/2")]
    [InlineData("<math><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac><msqrt><mi>x</mi></msqrt></math>", "(a+b)/c√(x)")]
    public void RaisedText_DoesNotRunTogetherWithWhatItStandsOn(string html, string text)
    {
        Assert.Equal(text, Read("a.html", $"<p>{html}</p>").Text);
        Assert.Equal($"| {text} | b |\n| --- | --- |\n| c | d |", Read("a.html", $"<table><tr><th>{html}</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table>").Text);
    }

    [Theory]
    [InlineData("<ol><li>Open.<li>Wait.<ol type=a><li>Look.<li>Listen.</ol><li>Close.</ol><ul><li>Dot.</ul>", "1. Open.\n2. Wait.\na. Look.\nb. Listen.\n\n3. Close.\n\nDot.")]
    [InlineData("<ol start=3><li><p>third</p><p>more</p><li value=7><b>se</b>venth<li>eighth</ol>", "3. third\nmore\n7. seventh\n8. eighth")]
    [InlineData("<ol reversed><li>two<li>one</ol><ol type=I start=9><li>nine<li>ten</ol>", "2. two\n1. one\n\nIX. nine\nX. ten")]
    [InlineData("<ol type=A start=26><li>z<li>aa</ol><ol type=i start=0><li>zero<li>one</ol>", "Z. z\nAA. aa\n\n0. zero\ni. one")]
    [InlineData("<ol start=x><li><img alt='Valve'> open<li><br>b<li><li hidden>c<li>d</ol>", "1. Valve open\n2. b\n4. d")]
    [InlineData("<table><tr><th>a</th><th>b</th></tr><tr><td><ol><li>x<li>y</ol></td><td>z</td></tr></table>", "| a | b |\n| --- | --- |\n| 1. x 2. y | z |")]
    public void OrderedItems_KeepTheirNumbers(string html, string text) => Assert.Equal(text, Read("a.html", $"<body>{html}</body>").Text);

    [Fact]
    public void Markdown_OrderedItems_KeepTheirNumbers() =>
        Assert.Equal("3. Open.\n4. Wait.\nLook.\n\nMore of it.", Read("a.md", "3. Open.\n4. Wait.\n   - Look.\n\nMore of it.\n").Text);

    [Fact]
    public void Markdown_NumbersOfNotes_DoNotRunTogetherWithFigures() =>
        Assert.StartsWith("It costs 5¹ euros and 10⁸ more.", Read("a.md", "It costs 5[^a] euros and 10<sup>8</sup> more.\n\n[^a]: Without tax.\n").Text, StringComparison.Ordinal);

    [Fact]
    public void Page_KeepsWhatAPersonReads()
    {
        var document = Read("a.html", """
            <html><head><title>Roses</title><style>p{}</style><script>alert('x')</script></head>
            <body><nav>Home | About</nav><main><h1>Roses</h1><p>Prune   them <b>in
            spring</b>.</p><ul><li>Sharp knife</li><li>Gloves</li></ul>
            <table><tr><th>Month</th><th>Job</th></tr><tr><td>March</td><td>Prune</td></tr></table>
            <h2>Pests</h2><p>Aphids &amp; mites.<br>Mildew.</p><p hidden>Secret</p></main><footer>(c)</footer></body></html>
            """);
        Assert.Equal(
            "Roses\n\nPrune them in spring.\n\nSharp knife\nGloves\n\n| Month | Job |\n| --- | --- |\n| March | Prune |\n\nPests\n\nAphids & mites.\nMildew.", document.Text);
        Assert.Equal(["Roses", "Roses > Pests"], document.Sections.Select(section => section.Heading));
        Assert.Equal("Roses", document.Title);
    }

    [Fact]
    public void WithoutHeadings_TakesItsTitle() =>
        Assert.Equal("About figs", Assert.Single(Read("a.htm", "<title>About figs</title><p>Figs like light.</p>").Sections).Heading);

    [Theory]
    [InlineData("<form id=f><input type=hidden value=x><div><h1>Watering</h1><p>Weekly.</p></div></form>", "Watering\n\nWeekly.")]
    [InlineData("<form><form><p>Inner.</p></form><p>Outer.</p></form>", "Inner.\n\nOuter.")]
    [InlineData("<article><p>One.</p></article><article><p>Two.</p></article>", "One.\n\nTwo.")]
    [InlineData("<main hidden><p>Draft.</p></main><main><p>Real.</p></main>", "Real.")]
    [InlineData("<main id=app></main><div><p>Beside.</p></div>", "Beside.")]
    [InlineData("<main><p>Prune.</p><aside><p>Never in frost.</p></aside></main>", "Prune.\n\nNever in frost.")]
    [InlineData("<p>Prune.</p><aside><p>Never in frost.</p></aside>", "Prune.\n\nNever in frost.")]
    [InlineData("<main><p>Prune.</p></main><aside><p>Our shop.</p></aside><footer>Imprint</footer>", "Prune.")]
    [InlineData("<article><p>Prune.</p><footer>By Ann.</footer></article>", "Prune.\n\nBy Ann.")]
    [InlineData("<frameset><frame src=a><noframes><body><p>Shade.</p></body></noframes></frameset>", "Shade.")]
    [InlineData("<noscript><p>Shade.</p></noscript>", "Shade.")]
    [InlineData("<p>Text.</p><noscript>Enable scripts!</noscript>", "Text.")]
    [InlineData("<h2><button>When to prune?</button></h2><p>March. <button>Share</button></p>", "When to prune?\n\nMarch.")]
    [InlineData("<p>漢字<ruby>字<rp>(</rp><rt>じ</rt><rp>)</rp></ruby></p>", "漢字字")]
    [InlineData("<p>See <img src=x alt='a fern'> and <img src=y alt=''>.</p>", "See a fern and .")]
    [InlineData("<dialog><p>Cookies?</p></dialog><p>Text.</p>", "Text.")]
    [InlineData("<xmp>a < b</xmp>", "a < b")]
    [InlineData("a < b & c <!-- d --> <!doctype x> e", "a < b & c e")]
    [InlineData("<p>One</p><!-- a --!><p>Two</p><!-->Three", "One\n\nTwo\n\nThree")]
    [InlineData("<![CDATA[x]]>y", "y")]
    public void Text_IsFoundWhereverItStands(string html, string expected) => Assert.Equal(expected, Read("a.html", html).Text);

    [Theory]
    [InlineData("<spacer>")]
    [InlineData("<o:p/>")]
    [InlineData("<my-icon class=x />")]
    [InlineData("<T>")]
    [InlineData("<span/>")]
    [InlineData("<b/>")]
    public void TagsThatLookEmpty_DoNotNest(string tag)
    {
        var text = Read("a.html", "<p>" + string.Concat(Enumerable.Repeat(tag + "x", 2000)) + "</p><p>End.</p>").Text;
        Assert.Equal(new string('x', 2000) + "\n\nEnd.", text);
    }

    [Fact]
    public void Xhtml_EmptyElements_HideNothing() => Assert.Equal(
        "Hi a<b", Read("a.xhtml", "<?xml version='1.0'?><html><head><title/><script src='a'/></head><body><div/><iframe/><p>Hi <![CDATA[a<b]]></p></body></html>").Text);

    [Theory]
    [InlineData("style='display:none'")]
    [InlineData("style='display/**/:/* none of it */none'")]
    [InlineData("style='display:no\\6e e'")]
    [InlineData("style='d\\000069 splay:\\6e one'")]
    [InlineData("style='\\64isplay:n\\one'")]
    [InlineData("style='DISPLAY : None !important; color: red'")]
    [InlineData("style='visibility:hidden'")]
    [InlineData("style='font-size:0'")]
    [InlineData("style='font-size: 0px'")]
    [InlineData("style='opacity:0'")]
    [InlineData("style='position:absolute;left:-9999px'")]
    [InlineData("style='text-indent:-9999px'")]
    [InlineData("style='position:absolute;clip:rect(0 0 0 0)'")]
    [InlineData("style='height:0;overflow:hidden'")]
    [InlineData("style='color:#fff;background:#fff'")]
    [InlineData("style='content-visibility:hidden'")]
    [InlineData("style='opacity:.01'")]
    [InlineData("style='font-size:1px'")]
    [InlineData("style='font:1pt serif'")]
    [InlineData("style='margin-left:-9999px'")]
    [InlineData("style='position:relative;top:-200vh'")]
    [InlineData("style='transform:translateX(-9999px)'")]
    [InlineData("style='transform:rotate(1deg) scale(0.0)'")]
    [InlineData("style='scale:0'")]
    [InlineData("style='filter:opacity(0%)'")]
    [InlineData("style='clip-path:polygon(0 0,0 0,0 0)'")]
    [InlineData("style='color:rgba(0,0,0,0)'")]
    [InlineData("style='color:#ffffff00'")]
    [InlineData("style='color:white;background-color:#fefefe'")]
    [InlineData("style='color:#fff'")]
    [InlineData("style='color:hsl(0 0% 100%)'")]
    [InlineData("bgcolor=white style='color:rgb(100% 100% 100%)'")]
    [InlineData("popover")]
    [InlineData("class=by-attribute data-gone")]
    [InlineData("class=by-not")]
    [InlineData("class=by-is")]
    [InlineData("class='x by-prefix-1'")]
    [InlineData("hidden")]
    [InlineData("aria-hidden=true")]
    [InlineData("class=gone")]
    [InlineData("class='a gone b'")]
    [InlineData("id=gone")]
    [InlineData("class=off")]
    [InlineData("class=nested")]
    public void Hidden_IsNotRead(string attributes)
    {
        const string styles = "<style>/* .shown{display:none} */ .gone, #gone{display:none} .off{position:fixed;top:-2000px} div.box > p.nested{visibility:hidden} "
            + "[data-gone]{display:none} .by-not:not(.shown){display:none} :is(.by-is,.other){display:none} [class*=by-prefix]{display:none} "
            + "@media print{p{display:none}} @media (max-width:600px){p{display:none}} .shown:hover{display:none}</style>";
        foreach (var name in (string[])["p", "div", "span", "b", "td"])
        {
            var tag = attributes == "class=nested" ? "p" : name;
            var text = Read("a.html", $"{styles}<div class=box><p class=shown>Seen.</p>{(tag == "td" ? "<table><tr>" : "")}<{tag} {attributes}>secret <i>inner</i></{tag}>{(tag == "td" ? "</table>" : "")}</div><p>End.</p>").Text;
            Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
            Assert.DoesNotContain("inner", text, StringComparison.Ordinal);
            Assert.Contains("Seen.", text, StringComparison.Ordinal);
            Assert.Contains("End.", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("<div style='display:block'>Seen</div>")]
    [InlineData("<div style='border-display:none'>Seen</div>")]
    [InlineData("<details><summary>Seen</summary>x</details>")]
    [InlineData("<div style='visibility:hidden'><span style='visibility:visible'>Seen</span></div>")]
    [InlineData("<ul style='font-size:0'><li style='font-size:16px'>Seen</li></ul>")]
    [InlineData("<style>.tab{display:none}.tab.on{display:block}</style><div class='tab on'>Seen</div>")]
    [InlineData("<style>.a{display:none}</style><div class=a style='display:block'>Seen</div>")]
    [InlineData("<style>.m{display:none} @media (min-width:768px){.m{display:block}}</style><div class=m>Seen</div>")]
    [InlineData("<style>.r{opacity:0;transition:opacity 1s}</style><div class=r>Seen</div>")]
    [InlineData("<style>body{visibility:hidden}</style><p>Seen</p>")]
    [InlineData("<style media=print>p{display:none}</style><p>Seen</p>")]
    [InlineData("<style>p{display:none</style><h1>Seen</h1>")]
    [InlineData("<div hidden=until-found>Seen</div>")]
    [InlineData("<div aria-hidden=false>Seen</div>")]
    [InlineData("<div style='background:#000'><p style='color:#fff'>Seen</p></div>")]
    [InlineData("<div style='background:url(dark.png)'><p style='color:#fff'>Seen</p></div>")]
    [InlineData("<link rel=stylesheet href=dark.css><p style='color:#fff'>Seen</p>")]
    [InlineData("<div style='position:absolute;color:#fff'>Seen</div>")]
    [InlineData("<div style='color:#fff'><p style='color:#333'>Seen</p></div>")]
    [InlineData("<div style='color:transparent'><p style='color:#333'>Seen</p></div>")]
    [InlineData("<h1 style='color:transparent;background:linear-gradient(red,blue);background-clip:text'>Seen</h1>")]
    [InlineData("<table bgcolor=#000000><tr><td><font color=white>Seen</font></td></tr></table>")]
    [InlineData("<style>body{background:#222;color:#fff}</style><p>Seen</p>")]
    [InlineData("<style>body{color:#fff}</style><p>Seen</p>")]
    [InlineData("<style>p:nth-child(1){display:none}</style><p>Seen</p>")]
    [InlineData("<style>.menu:hover > .x{display:none}</style><div class=menu><p class=x>Seen</p></div>")]
    [InlineData("<p style='font-size:8px;margin-left:-10px;transform:translateX(5px) scale(.5)'>Seen</p>")]
    public void Shown_IsRead(string html) => Assert.Contains("Seen", Read("a.html", html + "<h2>Other</h2>text").Text, StringComparison.Ordinal);

    [Fact]
    public void Table_BlocksEmptiesAndSpans_KeepRowsAndColumns() => Assert.Equal(
        """
        Care

        | Plant | Light | Water |
        | --- | --- | --- |
        | Fern green |  | mist soak |
        | Rose | sun | weekly |
        | Rose | shade | a\|b |
        | Both |  | never |
        """,
        Read("a.html", """
            <table><caption>Care</caption><tr><th>Plant<th>Light<th>Water
            <tr><td><p>Fern</p><p>green</p></td><td></td><td><ul><li>mist<li>soak</ul></td></tr>
            <tr><td rowspan=2>Rose<td>sun<td>weekly<td hidden>x<tr><td>shade<td>a|b
            <tr><td colspan=2>Both<td>never</table>
            """).Text);

    [Fact]
    public void Table_OfLayout_IsReadAsText() => Assert.Equal(
        "Ferns\n\nShade.\n\n| a | b |\n| --- | --- |\n| c | d |", Read("a.html", "<table><tr><td><h1>Ferns</h1><p>Shade.</p><table><tr><td>a<td>b<tr><td>c<td>d</table></table>").Text);

    [Fact]
    public void Pre_IsCode()
    {
        var document = Read("a.html", "<p>Run:</p><pre>\n  if x:\n    go()\n</pre><p>Then.</p>");
        Assert.Equal("Run:\n\n  if x:\n    go()\n\nThen.", document.Text);
        Assert.Equal("  if x:\n    go()", document.Text[document.Blocks![0].Start..document.Blocks[0].End]);
    }

    [Theory]
    [InlineData(200_000)]
    [InlineData(1_000_000)]
    public void NestedAsDeepAsLong_IsRejected(int depth) =>
        Assert.Contains("nested too deeply", Rejection("a.html", string.Concat(Enumerable.Repeat("<div>", depth)) + "lost", new() { MaxElements = 5_000_000 }), StringComparison.Ordinal);

    [Fact]
    public void NestedLikeAnyPage_IsRead() => Assert.Equal("found", Read("a.html", string.Concat(Enumerable.Repeat("<div>", 400)) + "found").Text);

    [Theory]
    [InlineData("<h2>Install<a class=headerlink href=#a title=Permalink>¶</a></h2>x", "Install\n\nx")]
    [InlineData("<h2><a class=anchor href=#b></a>B<a href=#b>#</a><a class=hash-link>\u200B</a></h2><p>Issue <a href=x>#</a>1", "B\n\nIssue #1")]
    [InlineData("<h2>Wiki<span class='mw-editsection'><span>[</span><a>edit</a><span>]</span></span></h2>x", "Wiki\n\nx")]
    [InlineData("<a class='skip-link' href=#m>Skip to content</a><a class=skipToMain>Skip</a><p>Read <a href=#m>on</a>, <span class=skip-me>here</span>.", "Read on, here.")]
    public void Links_AboutThePage_AreNoWordsOfIt(string html, string text) => Assert.Equal(text, Read("a.html", html).Text);

    [Fact]
    public void Headings_ByRole_MakeSections()
    {
        var document = Read("a.html", "<h1>A</h1>x<div role=heading aria-level=3>B</div><p>y</p><p role=heading>C</p>z");
        Assert.Equal(["A", "A > B", "A > C"], document.Sections.Select(section => section.Heading));
    }

    [Theory]
    [InlineData("<style>.b{display:block}</style><p><span class=b>One</span><span class=b>Two</span><b style='display:flex'>Three</b>four <i style='display:inline-block'>five</i>", "One\n\nTwo\n\nThree\n\nfour five")]
    [InlineData("<table><tr><td><span style='display:block'>a</span><span style='display:block'>b</span><td>c</table>", "| a b | c |")]
    public void Words_ThatAStyleSetsApart_DoNotRunTogether(string html, string text) => Assert.Equal(text, Read("a.html", html).Text);

    [Theory]
    [InlineData("<p>Call <svg><title>icon</title><path d=M0/></svg> us", "Call us")]
    [InlineData("<svg><defs><text>def</text></defs><g><text>Pump</text><text><tspan>Line 1</tspan><tspan>Line 2</tspan></text></g><foreignObject><div>Valve</div></foreignObject></svg><p>end", "Pump\nLine 1 Line 2\nValve\n\nend")]
    [InlineData("<svg aria-hidden=true><text>gone</text></svg><p>x", "x")]
    public void Drawings_HaveTheirLabelsRead(string html, string text) => Assert.Equal(text, Read("a.html", html).Text);

    /// <summary>A page within the page is read where it stands, by its own styles, to a depth.</summary>
    [Theory]
    [InlineData("<p>a<iframe srcdoc=\"<style>p{display:none}</style><p>gone</p>In &amp;amp; <b>side\"></iframe><p>b", "a\n\nIn & side\n\nb")]
    [InlineData("<iframe hidden srcdoc='x'></iframe><iframe src=y>fallback</iframe><p>b", "b")]
    [InlineData("<script type=\"math/tex; mode=display\">x<y</script><p>a <script type='math/tex'>x^2</script> b", "\\[x<y\\]\n\na \\(x^2\\) b")]
    [InlineData("<span id=\"MathJax-Element-1-Frame\">x²</span><script type='math/tex'>x^2</script>", "x²")]
    public void Frames_AndSourcesOfFormulas_AreRead(string html, string text) => Assert.Equal(text, Read("a.html", html).Text);

    [Fact]
    public void Foot_OfATable_StandsBelowItsRows() => Assert.Equal(
        "| Plant | Price |\n| --- | --- |\n| Fern | 5 |\n| Sum | 9 |",
        Read("a.html", "<table><tfoot><tr><td>Sum<td>9</tfoot><tbody><tr><td>Fern<td>5</tbody><thead><tr><th>Plant<th>Price</thead></table>").Text);

    [Fact]
    public void Drawing_OfItsOwn_IsReadAsAPageIs() =>
        Assert.Equal("Pump\nValve", Read("a.svg", "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><title>T</title><text>Pump</text><g><text>Valve</text></g></svg>").Text);

    [Theory]
    [InlineData("<x-c><template shadowrootmode=open><p>Shadow <slot></slot></p></template>Light</x-c><p>after", "Shadow Light\n\nafter")]
    [InlineData("<template><p>pattern</p><template shadowrootmode=open>inner</template></template><p>after", "after")]
    [InlineData("<x-c><template shadowrootmode=open><h2>Card</h2><slot name=a>no</slot> <slot>none</slot><slot name=b>own</slot></template><b slot=a>Named</b>Rest</x-c>", "Card\n\nNamed Restown")]
    [InlineData("</template><template shadowrootmode=closed>a</template></template><p>after", "a\n\nafter")]
    public void Templates_ThatAreShown_AreRead(string html, string text) => Assert.Equal(text, Read("a.html", html).Text);

    [Theory]
    [InlineData("<ul><li><input type=checkbox disabled checked> done<li><p><input type=checkbox disabled=''> open</ul>", "[x] done\n[ ] open")]
    [InlineData("<p><input type=checkbox checked> agree <input disabled value=x></p>", "agree")]
    [InlineData("<ol><li><q>Quoted</q> text<li><input type=checkbox disabled>b</ol><table><tr><td>He said <q>no</q><td>x</table>", "1. “Quoted” text\n2. [ ] b\n\n| He said “no” | x |")]
    public void Signs_ThatABrowserDraws_AreRead(string html, string text) => Assert.Equal(text, Read("a.html", html).Text);

    [Theory]
    [InlineData("<p>1010<sub>2</sub> is ten, H<sub>2</sub>O is wet, x<sub>ij</sub></p>", "1010₂ is ten, H2O is wet, xij")]
    [InlineData("<math><msub><mi>a</mi><mn>1</mn></msub><mo>+</mo><munderover><mo>∑</mo><mn>1</mn><mi>n</mi></munderover><mroot><mi>x</mi><mn>3</mn></mroot><msubsup><mi>b</mi><mi>k</mi><mn>2</mn></msubsup></math>", "a₁+∑₁ⁿ³√(x)b_(k)²")]
    [InlineData("<math><mtable><mtr><mtd>1</mtd><mtd>2</mtd></mtr></mtable></math>", "1 2")]
    public void LoweredText_DoesNotRunTogetherWithWhatItStandsOn(string html, string text) => Assert.Equal(text, Read("a.html", html).Text);

    [Theory]
    [InlineData("<pre><div>l1</div><div>l2</div></pre>x", "l1\nl2\n\nx")]
    [InlineData("<pre><code><span style='display:block'>a</span><span style='display:block'>  b</span></code></pre>x", "a\n  b\n\nx")]
    [InlineData("<table><tr><td class=linenos><pre>9\n10\n</pre></td><td><pre>x = 1\ny = 2</pre></td></tr></table>", "x = 1\ny = 2")]
    [InlineData("<pre><span class=lineno>1 </span>a\n<span class='lineno'>2 </span>b</pre>", "a\nb")]
    [InlineData("<pre>1\n2\n3</pre><table><tr><td><pre>5</pre></td></tr></table>", "1\n2\n3\n\n5")]
    public void Code_HasItsLinesAndNotTheirNumbers(string html, string text) => Assert.Equal(text, Read("a.html", html).Text);

    [Theory]
    [InlineData("<div style='white-space:pre-wrap'>keep\n  this <b>and\nthat</b></div><p>not\nthat", "keep\nthis and\nthat\n\nnot that")]
    [InlineData("<style>.m{white-space:pre-line}.n{white-space:normal}</style><div class=m>a\nb <i class=n>c\nd</i></div>", "a\nb c d")]
    [InlineData("<div style='display:flex'><span>Label</span><b>Value</b></div><span style='display:table-cell'>A</span><span style='display:table-cell'>B</span>", "Label Value\n\nA B")]
    [InlineData("<p>See <a>link</a><span role=tooltip>Tip</span>.", "See link.")]
    [InlineData("<table><tr><td rowspan=0>r<td>1<tr><td>2<tr><td>3</table>", "| r | 1 |\n| --- | --- |\n| r | 2 |\n| r | 3 |")]
    public void Words_StandAsAStyleHasThem(string html, string text) => Assert.Equal(text, Read("a.html", html).Text);

    [Theory]
    [InlineData("<table><tr><th>Item<th>Price<tr><td>Pump<td><table><tr><td>10<td>EUR</table><tr><td><pre>a\nb</pre><td><h3>c</h3></table>", "| Item | Price |\n| --- | --- |\n| Pump | 10 EUR |\n| a b | c |")]
    [InlineData("<table><tr><td>left<td><table><tr><th>A<th>B<tr><td>1<td>2</table></table>", "left\n\n| A | B |\n| --- | --- |\n| 1 | 2 |")]
    [InlineData("<table><tr><td><table><tr><td>1<td>2</table></table>", "| 1 | 2 |")]
    public void Table_WithHeads_HoldsDataWhateverStandsInIt(string html, string text) => Assert.Equal(text, Read("a.html", html).Text);

    /// <summary>Code has lines by itself; that a style keeps them too, as in Notion's exports, is no more.</summary>
    [Theory]
    [InlineData("<pre><code style='white-space:pre-wrap'>def f():\n    return <span>1</span></code></pre>")]
    [InlineData("<pre style='white-space:pre'>def f():\n    return 1</pre>")]
    [InlineData("<style>code{white-space:pre-line}</style><pre><code>def f():\n    return 1</code></pre>")]
    public void Code_WhoseStyleKeepsLines_IsCode(string html) => Assert.Equal("def f():\n    return 1", Read("a.html", html).Text);

    /// <summary>As Google Docs and EPUBs write exponents and the numbers of notes.</summary>
    [Theory]
    [InlineData("<p>10<span style='vertical-align: super'>5</span> Pa", "10⁵ Pa")]
    [InlineData("<style>.c9{vertical-align:super;font-size:7pt}</style><p>10<span class=c9>6</span>, rain<span class=c9><a href='#n'>1</a></span>", "10⁶, rain¹")]
    [InlineData("<p>H<span style='vertical-align:sub'>2</span>O", "H₂O")]
    [InlineData("<p>5<span style='vertical-align:middle'>6</span>", "56")]
    [InlineData("<table><tr><th>Unit<th>Value<tr><td>Pa<td>10<span style='vertical-align:super'>5</span></table>", "| Unit | Value |\n| --- | --- |\n| Pa | 10⁵ |")]
    public void Letters_ThatAStyleRaises_DoNotRunTogether(string html, string text) => Assert.Equal(text, Read("a.html", html).Text);

    /// <summary>Answers and tabs that somebody can open are text; menus, and what nothing opens, are not.</summary>
    [Theory]
    [InlineData("<button aria-controls=p aria-expanded=false>What is it?</button><div id=p hidden>A pump.</div>", "What is it?\n\nA pump.")]
    [InlineData("<h3><button aria-controls=p aria-expanded=false>What is it?</button></h3><div id=p style='display:none'>A pump.</div>", "What is it?\n\nA pump.")]
    [InlineData("<style>.c{display:none}</style><div role=button aria-controls=p aria-expanded=false>More</div><div id=p class=c aria-hidden=true>A pump.</div>", "More\n\nA pump.")]
    [InlineData("<div role=tablist><button role=tab aria-controls=a>Linux</button> <button role=tab aria-controls=b>Windows</button></div><div role=tabpanel id=a>apt</div><div role=tabpanel id=b hidden>winget</div>", "Linux Windows\n\napt\n\nwinget")]
    [InlineData("<p>Text.</p><button aria-controls=m aria-expanded=false>Menu</button><ul id=m hidden><li><a href=x>Home</a><li><a href=y>About</a></ul>", "Text.")]
    [InlineData("<p>Text.</p><nav><button aria-controls=m aria-expanded=false>Menu</button></nav><div id=m hidden>All of it</div>", "Text.")]
    [InlineData("<p>Text.</p><button aria-haspopup=true aria-controls=m aria-expanded=false>Sort</button><div id=m hidden>By name</div>", "Text.")]
    [InlineData("<p>Text.</p><button hidden aria-controls=m aria-expanded=false>Sort</button><div id=m hidden>Secret</div>", "Text.")]
    [InlineData("<p>Text.</p><button aria-controls=m>Go</button><div id=m hidden>Secret</div><div id=n hidden>Secret</div>", "Text.")]
    [InlineData("<p>Text.</p><button aria-controls=m aria-expanded=false>Go</button><div id=m style='opacity:0'>Secret</div>", "Text.\n\nGo")]
    public void Panels_ThatCanBeOpened_AreRead(string html, string text) => Assert.Equal(text, Read("a.html", html).Text);

    /// <summary>As books mark the numbers of notes, raised by their readers or by the book.</summary>
    [Theory]
    [InlineData("<p>in 1900<a role='doc-noteref' href='#n'>1</a>.", "in 1900¹.")]
    [InlineData("<p>in 1900<a epub:type='noteref' href='#n'>12</a>.", "in 1900¹².")]
    [InlineData("<p>in 1900<sup><a epub:type='noteref' href='#n'>1</a></sup>.", "in 1900¹.")]
    [InlineData("<p>in 1900<a epub:type='noteref' href='#n'><sup>1</sup></a>.", "in 1900¹.")]
    [InlineData("<p>in 1900<a epub:type='backlink' href='#n'>1</a>.", "in 19001.")]
    public void NumbersOfNotes_DoNotRunTogetherWithFigures(string html, string text) => Assert.Equal(text, Read("a.html", html).Text);

    /// <summary>As Notion, Confluence and pages with controls of their own show what is done.</summary>
    [Theory]
    [InlineData("<ul class='to-do-list'><li><div class='checkbox checkbox-on'></div> <span>Sow</span></li></ul><ul class='to-do-list'><li><div class='checkbox checkbox-off'></div> <span>Water</span></li></ul>", "[x] Sow\n\n[ ] Water")]
    [InlineData("<ul class='inline-task-list'><li class='checked' data-inline-task-id='1'><span>Sow</span></li><li><span>Water</span></li></ul>", "[x] Sow\n[ ] Water")]
    [InlineData("<div><span role=checkbox aria-checked=true></span> Sow</div><div><span role=checkbox aria-checked=false></span> Water</div>", "[x] Sow\n\n[ ] Water")]
    [InlineData("<ul><li class=checked>Sow<li><div class=checkbox>Water</div></ul>", "Sow\nWater")]
    public void Tasks_KeepTheirStateWithoutControls(string html, string text) => Assert.Equal(text, Read("a.html", html).Text);

    /// <summary>As pages without table elements write tables.</summary>
    [Theory]
    [InlineData("<div role=table><div role=row><span role=columnheader>Plant</span><span role=columnheader>Water</span></div><div role=row><span role=cell>Fern</span><span role=cell><p>weekly</p></span></div></div>")]
    [InlineData("<section role=grid><div role=rowgroup><div role=row><i role=columnheader>Plant</i><i role=columnheader>Water</i></div></div><div role=rowgroup><div><div role=row><i role=rowheader>Fern</i><i role=gridcell>weekly</i><i role=gridcell hidden>gone</i></div></div><div role=row hidden><i role=cell>a</i><i role=cell>b</i></div></div></section>")]
    public void Tables_OfRoles_AreTables(string html)
    {
        var document = Read("a.html", $"<p>Before{html}<p>after");
        Assert.Equal("Before\n\n| Plant | Water |\n| --- | --- |\n| Fern | weekly |\n\nafter", document.Text);
        Assert.Equal([TextBlockKind.Table], document.Blocks!.Select(block => block.Kind));
    }

    /// <summary>In tables of features a sign is all that a cell says.</summary>
    [Theory]
    [InlineData("<table><tr><th>Feature<th>Has it<tr><td>Ferns<td><svg aria-label=Yes><path/></svg><tr><td>Roses<td><svg role=img><title>No</title></svg></table>", "| Feature | Has it |\n| --- | --- |\n| Ferns | Yes |\n| Roses | No |")]
    [InlineData("<p>Mind<i role=img aria-label=warning></i> it <span role=img aria-label=fern>🌿</span>", "Mind warning it 🌿")]
    [InlineData("<p>a <svg aria-hidden=true aria-label=gone></svg><svg aria-label=Chart><text>Pump</text></svg> <b aria-label=other>b</b>", "a\nPump\n\nb")]
    public void Pictures_OfOtherElements_HaveTheirNamesRead(string html, string text) => Assert.Equal(text, Read("a.html", html).Text);

    [Theory]
    [InlineData("<li>note <a href=#r>↩︎</a>")]
    [InlineData("<li>note <a href=#r role=doc-backlink>back</a>")]
    [InlineData("<li>note <a href=#r class=footnote-backref>^</a>")]
    public void WaysBackFromNotes_AreNoWords(string html) => Assert.Equal("note", Read("a.html", $"<ul>{html}</ul>").Text);

    /// <summary>A book's pages begin amid its sentences.</summary>
    [Theory]
    [InlineData("<p>Water <span epub:type='pagebreak' title='12'>12</span>weekly")]
    [InlineData("<p>Water <span role=doc-pagebreak>12</span>weekly")]
    public void PagesOfPrintedBooks_AreNoWords(string html) => Assert.Equal("Water weekly", Read("a.html", html).Text);

    /// <summary>Rules as pages of today have them: names with escaped signs (Tailwind), layers, rules within rules, ranges; and what only looks as if it hid something.</summary>
    [Theory]
    [InlineData(".hidden{display:none}@media (min-width:1024px){.lg\\:block{display:block}}", "class='hidden lg:block'")]
    [InlineData(".hidden{display:none}.\\33 d\\:flex{display:flex}", "class='hidden 3d:flex'")]
    [InlineData(".hidden{display:none}.w-1\\/2{display:block}", "class='hidden w-1/2'")]
    [InlineData("@layer base, utilities;@layer utilities{.hidden{display:none}.lg\\:block{@media (width >= 64rem){display:block}}}", "class='hidden lg:block'")]
    [InlineData(".b{display:block}@layer a{p.b{display:none}}", "class=b")]
    [InlineData("@layer a,b;@layer b{.b{display:block}}@layer a{p.b{display:none}}", "class=b")]
    [InlineData("@supports not (display:grid){.b{display:none}}", "class=b")]
    [InlineData(".b{display:none}@media (hover:hover) and (pointer:fine){.b{display:block}}", "class=b")]
    [InlineData("@media (width < 600px){.b{display:none}}", "class=b")]
    [InlineData("@media not screen{.b{display:none}}", "class=b")]
    [InlineData("@media not all and (min-resolution:.001dpcm){.b{display:none}}", "class=b")]
    [InlineData(".z{content:\"}.b{display:none}\"}", "class=b")]
    [InlineData(".b{color:red; .c{display:none} &:hover{display:none} @media print{display:none}}", "class=b")]
    [InlineData("[data-aos^=fade]{opacity:0;transition-property:opacity,transform}", "data-aos=fade-up")]
    [InlineData(".f{opacity:0;animation-name:x;animation-fill-mode:forwards}", "class=f")]
    [InlineData(".q{}", "style='position:absolute;top:50%;left:50%;transform:translate(-50%,-50%)'")]
    [InlineData(".q{}", "style='position:relative;left:50%;margin-left:-50vw;width:100vw'")]
    [InlineData(".q{}", "style='float:left;margin-left:-100%'")]
    [InlineData(".q{}", "style='background:linear-gradient(red,blue);-webkit-background-clip:text;-webkit-text-fill-color:transparent'")]
    [InlineData(".q{}", "style='display:nope'")]
    public void Shown_ByTheRulesOfToday_IsRead(string css, string attributes) =>
        Assert.Equal("Before.\n\nSeen\n\nAfter.", Read("a.html", $"<style>{css}</style><p>Before.</p><p {attributes}>Seen</p><p>After.</p>").Text);

    [Theory]
    [InlineData(".\\!hidden{display:none!important}", "class=!hidden")]
    [InlineData(".\\[display\\:none\\]{display:none}", "class=[display:none]")]
    [InlineData("@media (width >= 600px){.b{display:none}}", "class=b")]
    [InlineData("@media (400px <= width <= 2000px){.b{display:none}}", "class=b")]
    [InlineData("@media not print{.b{display:none}}", "class=b")]
    [InlineData(".z::before{content:\"{\"}.b{display:none}", "class=b")]
    [InlineData("body{color:red; .b{display:none}}", "class=b")]
    [InlineData("html, body{ & .b{display:none} }", "class=b")]
    [InlineData("body{ main, div{ color:red; p{ &.b{display:none} } } }", "class=b")]
    [InlineData("p:is(.b, .c){display:none}", "class=b")]
    [InlineData(".q{}", "style='display:none;display:bogus'")]
    [InlineData(".q{}", "style='position:fixed;inset:-9999px auto auto -9999px'")]
    [InlineData(".q{}", "style='position:absolute;inset-inline-start:-9999px'")]
    [InlineData(".q{}", "style='-webkit-text-fill-color:transparent'")]
    public void Hidden_ByTheRulesOfToday_IsNotRead(string css, string attributes) =>
        Assert.Equal("Before.\n\nAfter.", Read("a.html", $"<style>{css}</style><div><p>Before.</p><p {attributes}>Secret</p><p>After.</p></div>").Text);

    [Theory]
    [InlineData("<g display=none><text>Secret</text></g>")]
    [InlineData("<text visibility=hidden>Secret</text>")]
    [InlineData("<text opacity=0>Secret</text>")]
    public void Hidden_InADrawing_IsNotRead(string part) => Assert.Equal("Seen", Read("a.html", $"<svg>{part}<g display=inline opacity=1><text>Seen</text></g></svg>").Text);

    /// <summary>Whatever a page leaves open, its text is there; of code and of comments nobody knows where they end.</summary>
    [Theory]
    [InlineData("<head><title>Page<meta charset=utf-8></head><body><p>Text.</p>")]
    [InlineData("<head><style>p{color:red}</head><body><p>Text.</p>")]
    [InlineData("<textarea><p>Text.</p>")]
    [InlineData("<iframe src=a><p>Text.</p>")]
    [InlineData("<nav><p>Text.</p>")]
    [InlineData("<select><p>Text.</p>")]
    [InlineData("<object data=a><p>Text.</p>")]
    [InlineData("<video src=a><p>Text.</p>")]
    [InlineData("<template><p>Text.</p>")]
    [InlineData("<p>Text.</p><script>var a = 1;<p>b</p>")]
    [InlineData("<p>Text.</p><!-- b <p>c</p>")]
    public void LeftOpen_TakesNoTextWithIt(string html) => Assert.Equal("Text.", Read("a.html", html).Text);

    /// <summary>What asks for consent to cookies is about the site, and what is about such banners is text.</summary>
    [Theory]
    [InlineData("<div id=onetrust-consent-sdk><h2>Privacy</h2><p>We value it.</p></div><p>Text.</p>")]
    [InlineData("<div class='cc-window cc-banner'>Cookies <a>Got it</a></div><p>Text.</p>")]
    [InlineData("<div class='cookie-banner is-open'><p>We use cookies.</p><button>Accept all</button></div><main><p>Text.</p></main>")]
    [InlineData("<aside id=cookieConsent>We use cookies.</aside><p>Text.</p>")]
    [InlineData("<section class=gdpr-notice><h3>Cookies</h3><a href=x>OK</a></section><p>Text.</p>")]
    public void Consent_IsNotRead(string html) => Assert.Equal("Text.", Read("a.html", html).Text);

    [Theory]
    [InlineData("<main><div class=cookie-banner>Text. <button>Accept</button></div></main>")]
    [InlineData("<section id=cookie-banner><h2>Banner</h2><p>Text.</p></section>")]
    [InlineData("<div class=cookie-policy><p>Text.</p><a>More</a></div>")]
    [InlineData("<p class=cookie-notice>Text.</p>")]
    public void Consent_AsASubject_IsRead(string html) => Assert.Contains("Text.", Read("a.html", html).Text, StringComparison.Ordinal);
}
