using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

/// <summary>Tables that texts draw by marks of their own come out as Markdown's, as those of every other format do.</summary>
public sealed class MarkupTableTests
{
    private const string Care = "| Plant | Water |\n| --- | --- |\n| Fern | weekly |";

    [Theory]
    [InlineData("a.rst", "+-------+--------+\n| Plant | Water  |\n+=======+========+\n| Fern  | weekly |\n+-------+--------+\n")]
    [InlineData("a.rst", "=====  ======\nPlant  Water\n=====  ======\nFern   weekly\n=====  ======\n")]
    [InlineData("a.rst", ".. list-table::\n   :header-rows: 1\n\n   * - Plant\n     - Water\n   * - Fern\n     - weekly\n")]
    [InlineData("a.rst", ".. csv-table::\n   :header: Plant, Water\n\n   Fern, \"weekly\"\n")]
    [InlineData("a.org", "| Plant | Water  |\n|-------+--------|\n| Fern  | weekly |\n#+TBLFM: $2=1\n")]
    [InlineData("a.org", "| Plant | Water |\n| <l> | <r10> |\n| Fern | weekly |\n")]
    [InlineData("a.org", "+-------+--------+\n| Plant | Water  |\n+-------+--------+\n| Fern  | weekly |\n+-------+--------+\n")]
    [InlineData("a.adoc", "|===\n|Plant |Water\n\n|Fern\n|weekly\n|===\n")]
    [InlineData("a.adoc", "[cols=\"1,2\", options=header]\n|===\n|Plant\n|Water\n|Fern\n|weekly\n|===\n")]
    [InlineData("a.adoc", "[%header,cols=2*]\n|===\n|Plant\n^.>s|Water\n|Fern |weekly\n|===\n")]
    [InlineData("a.adoc", ",===\nPlant,Water\nFern,\"weekly\"\n,===\n")]
    [InlineData("a.adoc", "[format=csv]\n|===\nPlant,Water\nFern,weekly\n|===\n")]
    [InlineData("a.mediawiki", "{| class=\"wikitable\"\n|-\n! Plant !! scope=\"col\" | Water\n|-\n| Fern || weekly\n|}\n")]
    [InlineData("a.mediawiki", "{|\n! Plant\n! Water\n|- style=\"x\"\n| [[Fern]]\n| [[Water|weekly]]\n|}\n")]
    [InlineData("a.wiki", "^ Plant ^ Water ^\n| Fern | weekly |\n")]
    [InlineData("a.wiki", "||Plant||Water||\n|Fern|weekly|\n")]
    [InlineData("a.creole", "|=Plant|=Water|\n|Fern|weekly|\n")]
    [InlineData("a.textile", "|_. Plant |_. Water |\n| Fern | weekly |\n")]
    [InlineData("a.md", "+-------+--------+\n| Plant | Water  |\n+:======+:======:+\n| Fern  | weekly |\n+-------+--------+\n")]
    public void Tables_BecomeMarkdown(string path, string content)
    {
        var document = Read(path, $"Before.\n\n{content}\nAfter.\n".Replace("\n", path.EndsWith("rst", StringComparison.Ordinal) ? "\r\n" : "\n", StringComparison.Ordinal));
        Assert.Equal($"Before.\n\n{Care}\n\nAfter.", document.Text.TrimEnd());
        Assert.Equal([(TextBlockKind.Table, Care)], document.Blocks!.Select(block => (block.Kind, document.Text[block.Start..block.End])));
    }

    /// <summary>Cells that span rows speak for each, those that span columns leave blanks.</summary>
    [Theory]
    [InlineData("a.rst", "+---+---+\n| a | b |\n+---+---+\n| c | d |\n|   +---+\n|   | e |\n+---+---+\n| f     |\n+---+---+\n")]
    [InlineData("a.adoc", "|===\n|a |b\n.2+|c |d\n|e\n2+|f\n|===\n")]
    [InlineData("a.wiki", "{|\n|a||b\n|-\n|rowspan=2|c||d\n|-\n|e\n|-\n|colspan=\"2\" | f\n|}\n")]
    [InlineData("a.textile", "|a|b|\n|/2. c|d|\n|e|\n|\\2. f|\n")]
    public void Spans_AreWorkedOut(string path, string content) => Assert.Equal("| a | b |\n| --- | --- |\n| c | d |\n| c | e |\n| f |  |", Read(path, content).Text.TrimEnd());

    [Theory]
    [InlineData("a.rst", "+---+------+\n| A | 水水 |\n+---+------+\n| 水 | B   |\n+---+------+\n", "| A | 水水 |\n| --- | --- |\n| 水 | B |")]
    [InlineData("a.rst", "=  ===\nA  B\n=  ===\n1  one\n   more\n\\  two\n=  ===\n", "| A | B |\n| --- | --- |\n| 1 | one more |\n|  | two |")]
    [InlineData("a.rst", ".. table:: Truths\n   :align: left\n\n   =  ===\n   A  not\n   =  ===\n   1  0\n   =  ===\n", "Truths\n\n| A | not |\n| --- | --- |\n| 1 | 0 |")]
    [InlineData("a.adoc", ".Truths\n[cols=2]\n|===\n2*|x \\| y\n|===\n", "Truths\n\n| x \\| y | x \\| y |")]
    [InlineData("a.wiki", "{|\n|+ style=\"a\" | Truths\n|-\n| a\nb<br>c\n| [[x]] {{t|u}}\n|-\n| d\n|\n{|\n| e || f\n|-\n| g\n|}\n|}\n", "Truths\n\n| a b c | x {{t\\|u}} |\n| --- | --- |\n| d | e, f ; g |")]
    [InlineData("a.org", "| a\\vert{}b | c\n| d | e |\n", "| a\\|b | c |\n| --- | --- |\n| d | e |")]
    public void Tables_AreReadAsTheirAuthorsMeanThem(string path, string content, string text) => Assert.Equal(text, Read(path, content).Text.TrimEnd());

    /// <summary>What only looks like a table, or stands in code, stays as it is.</summary>
    [Theory]
    [InlineData("a.rst", "+---+\nno table\n\n=== ===\nnever closed\n\n.. csv-table:: x\n   :file: a.csv\n\nCode::\n\n    +---+\n    | a |\n    +---+\n")]
    [InlineData("a.adoc", "----\n|===\n|a\n|===\n----\n\n|===\n|never closed\n")]
    [InlineData("a.wiki", "{|\n| never closed\n\n{{template|x}}\n\n<pre>\n| a | b |\n</pre>\n")]
    [InlineData("a.org", "|\n\n#+begin_src\n| a | b |\n#+end_src\n")]
    public void OtherLines_StayAsTheyAre(string path, string content)
    {
        var document = Read(path, content);
        Assert.Equal(content, document.Text);
        Assert.DoesNotContain(document.Blocks!, block => block.Kind == TextBlockKind.Table);
    }

    [Fact]
    public void Headings_BesideTablesMakeSections() => Assert.Equal(
        [("Care", "| a |\n| --- |\n| b |"), ("Care > More", "Text.")],
        Sections(Read("a.adoc", "= Care\n\n|===\n|a\n|b\n|===\n\n== More\n\nText.\n")).Select(section => (section.Heading!, section.Text)));
}
