using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

/// <summary>The text is as it was written; what is known of it are its headings and its code.</summary>
public sealed class MarkupReaderTests
{
    [Theory]
    [InlineData("a.rst", "=====\nPump\n=====\n\nIntro.\n\nInstall\n=======\n\nSet it up.\n\nTools\n-----\n\nA wrench.\n\nMore\n=====\n\nNo.\n")]
    [InlineData("a.adoc", "= Pump\n:toc:\n\nIntro.\n\n== Install\n\nSet it up.\n\n=== Tools ===\n\nA wrench.\n\n== More\n\nNo.\n")]
    [InlineData("a.org", "#+AUTHOR: Ann\n* Pump\nIntro.\n** TODO [#A] Install :work:home:\nSet it up.\n*** Tools\nA wrench.\n** DONE More\nNo.\n")]
    [InlineData("a.mediawiki", "= Pump =\nIntro.\n== Install ==\nSet it up.\n===Tools===\nA wrench.\n==  More ==\nNo.\n")]
    [InlineData("a.textile", "h1. Pump\n\nIntro.\n\nh2(#id). Install\n\nSet it up.\n\nh3. Tools\n\nA wrench.\n\nh2. More\n\nNo.\n")]
    public void Headings_MakeSections(string path, string content)
    {
        var document = Read(path, content.Replace("\n", "\r\n", StringComparison.Ordinal));
        Assert.Equal(content, document.Text);
        var sections = Sections(document).Select(section => (section.Heading, section.Text[(section.Text.LastIndexOf('\n') + 1)..])).Where(section => section.Heading is not null);
        Assert.Equal([("Pump", "Intro."), ("Pump > Install", "Set it up."), ("Pump > Install > Tools", "A wrench."), ("Pump > More", "No.")], sections);
        Assert.Equal("Pump", document.Title);
        Assert.DoesNotContain(Sections(document), section => section.Text.Contains("Install", StringComparison.Ordinal));
    }

    /// <summary>Signs of headings within code are its own.</summary>
    [Theory]
    [InlineData("a.rst", "Install\n=======\n\n.. code-block:: bash\n\n   # start\n\n   Not\n   ===\n\nSo::\n\n    run\n\nAfter.\n", "Install", ".. code-block:: bash\n\n   # start\n\n   Not\n   ===|So::\n\n    run")]
    [InlineData("a.adoc", "== Install\n\n[source,bash]\n----\n== not\nrun\n----\n\n....\n= no\n....\n\nAfter.\n", "Install", "----\n== not\nrun\n----|....\n= no\n....")]
    [InlineData("a.org", "* Install\n#+BEGIN_SRC bash\n* not\n#+end_src\nAfter.\n", "Install", "#+BEGIN_SRC bash\n* not\n#+end_src")]
    [InlineData("a.wiki", "== Install ==\n<pre>\n== not ==\n</pre>\nAfter. <pre>x</pre>\n", "Install", "<pre>\n== not ==\n</pre>")]
    public void Code_IsKept(string path, string content, string heading, string code)
    {
        var document = Read(path, content);
        Assert.Equal([heading], document.Sections.Select(section => section.Heading));
        Assert.Equal(code.Split('|'), document.Blocks!.Select(block => document.Text[block.Start..block.End]));
        Assert.All(document.Blocks!, block => Assert.Equal(TextBlockKind.Code, block.Kind));
    }

    [Theory]
    [InlineData("a.rst", "A paragraph\nof two lines\n============\n\n====\n\n- item\n- item\n\nShort\n==\n")]
    [InlineData("a.adoc", "----\nnever closed\n\n==no\na == b\n")]
    [InlineData("a.org", "*bold* text\n - item\n#+begin_src\n")]
    [InlineData("a.wiki", "a == b ==\n=\n== ==\n")]
    public void OtherLines_AreText(string path, string content)
    {
        var document = Read(path, content);
        Assert.Equal(content, document.Text);
        Assert.Equal([null], document.Sections.Select(section => section.Heading));
        Assert.Empty(document.Blocks!);
    }

    /// <summary>What authors remark to one another is no text.</summary>
    [Theory]
    [InlineData("a.rst", "One.\n\n.. remark\n   of two lines\n\n.. [1] Note\n\n..\n\nTwo.", "One.\n\n\n.. [1] Note\n\n\nTwo.")]
    [InlineData("a.adoc", "One.\n// remark\n////\nmany\n\nlines\n////\n///\nTwo.\n----\n// code\n----", "One.\n///\nTwo.\n----\n// code\n----")]
    [InlineData("a.org", "One.\n# remark\n#+begin_comment\nx\n#+end_comment\n#+KEY: kept\nTwo.", "One.\n#+KEY: kept\nTwo.")]
    [InlineData("a.wiki", "One<!-- x\ny --> two <nowiki><!-- kept --></nowiki> <!-- open", "One two <nowiki><!-- kept --></nowiki> <!-- open")]
    public void Remarks_Go(string path, string content, string text) => Assert.Equal(text, Read(path, content).Text);

    [Fact]
    public void HeadingsAlone_AreFoundAllTheSame() => Assert.Single(Read("a.adoc", "= One\n\n== Two\n").Sections);

    [Fact]
    public void Titles_OfOrg_AreTheDocuments() => Assert.Equal("Pump manual", Read("a.org", "#+title: Pump manual\n* One\nText.\n").Title);
}
