using static Serverless.Documents.Tests.PdfFiles;
using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

/// <summary>What runs through pages is said once; what only looks so is kept.</summary>
public sealed class PdfRunningTextTests
{
    private const double Top = 800;
    private const double Bottom = 40;

    [Fact]
    public void HeadsAndFeet_StandOnce_AndNumbersOfPagesNowhere()
    {
        var document = Read("a.pdf", Write([.. Enumerable.Range(1, 5).Select(page => Page(page, ("Pump manual", 50, Top, 8), ("Confidential", 50, Bottom, 8), ($"Page {page} of 5", 500, Bottom, 8)))]));
        Assert.Equal("Pump manual\n\n" + Body(1) + "\n\nConfidential\n\n" + string.Join("\n\n", Enumerable.Range(2, 4).Select(Body)), document.Text);
        Assert.Equal([1, 2, 3, 4, 5], document.Sections.Select(section => section.Page!.Value));
        Assert.Equal(Body(4), document.Text[document.Sections[3].Start..document.Sections[3].End]);
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("- {0} -")]
    [InlineData("Seite {0} von 9")]
    [InlineData("{0} / 9")]
    public void NumbersOfPages_Go_HoweverTheyAreWritten(string number) => Assert.Equal(
        string.Join("\n\n", Enumerable.Range(1, 9).Select(Body)),
        Read("a.pdf", Write([.. Enumerable.Range(1, 9).Select(page => Page(page, (string.Format(null, number, page), 290, Bottom, 8)))])).Text);

    /// <summary>Left pages and right ones have their own, at the outer edge.</summary>
    [Fact]
    public void HeadsOfLeftAndRightPages_StandOnceEach()
    {
        var text = Read("a.pdf", Write([.. Enumerable.Range(1, 8).Select(page => page % 2 == 0
            ? Page(page, ("The garden", 50, Top, 8), ($"{page}", 50, Bottom, 8))
            : Page(page, ("Chapter of ferns", 450, Top, 8), ($"{page}", 540, Bottom, 8)))])).Text;
        Assert.Equal("Chapter of ferns\n\n" + Body(1) + "\n\nThe garden\n\n" + string.Join("\n\n", Enumerable.Range(2, 7).Select(Body)), text);
    }

    /// <summary>A chapter's name stands over its own pages; a cover and a full-page table have none.</summary>
    [Fact]
    public void HeadsOfChapters_StandOnceForEach()
    {
        var text = Read("a.pdf", Write([Page(1), .. Enumerable.Range(2, 6).Select(page => Page(page, ("Manual", 50, Top, 8), (page < 5 ? "Water" : "Light", 400, Top, 8)))])).Text;
        Assert.Equal(1, Count(text, "Manual"));
        Assert.Equal(1, Count(text, "Water"));
        Assert.Equal(1, Count(text, "Light"));
        Assert.All(Enumerable.Range(1, 7), page => Assert.Contains(Body(page), text, StringComparison.Ordinal));
    }

    /// <summary>Rows of tables, texts of letters that were sent to many, numbers that count something else, pages of a short document.</summary>
    [Fact]
    public void Repeats_ThatAreNoHeads_Stay()
    {
        var table = Read("a.pdf", Write([.. Enumerable.Range(1, 4).Select(page => (IReadOnlyList<(string, double, double, double)>)
            [("Plant", 50, Top, 10), ("Days", 250, Top, 10), .. Enumerable.Range(1, 4).SelectMany(row => new[] { ($"Fern {page}{row}", 50.0, Top - (14 * row), 10.0), ($"{row + page}", 250.0, Top - (14 * row), 10.0) })])])).Text;
        Assert.Equal(4, Count(table, "| Plant | Days |"));
        var invoices = Read("a.pdf", Write([.. Enumerable.Range(1, 4).Select(page => Page(page, ($"Invoice 100{page}", 50, Top, 10)))])).Text;
        Assert.All(Enumerable.Range(1, 4), page => Assert.Contains($"Invoice 100{page}", invoices, StringComparison.Ordinal));
        var names = Read("a.pdf", Write([.. Enumerable.Range(1, 4).Select(page => Page(page, ($"Dear {"ABCD"[page - 1]},", 50, Top, 10)))])).Text;
        Assert.All("ABCD", name => Assert.Contains($"Dear {name},", names, StringComparison.Ordinal));
        Assert.Equal(2, Count(Read("a.pdf", Write([.. Enumerable.Range(1, 2).Select(page => Page(page, ("Offer", 50, Top, 8)))])).Text, "Offer"));
        // Each at another height.
        Assert.Equal(4, Count(Read("a.pdf", Write([.. Enumerable.Range(1, 4).Select(page => Page(page, ("Note", 50, Top - (10 * page), 8)))])).Text, "Note"));
        // Only now and then.
        Assert.Equal(3, Count(Read("a.pdf", Write([.. Enumerable.Range(1, 12).Select(page => page % 5 == 0 || page == 1 ? Page(page, ("Summary", 50, Top, 8)) : Page(page))])).Text, "Summary"));
    }

    /// <summary>More pieces than a head has are not compared with all of another page's: that would take the product of their numbers.</summary>
    [Fact]
    public void Lines_OfManyPieces_Stay()
    {
        var document = Read("a.pdf", Write([.. Enumerable.Range(1, 3).Select(page => (IReadOnlyList<(string, double, double, double)>)[.. Enumerable.Range(0, 9).Select(i => ("x" + i, 20.0 + (60 * i), Top, 8.0)), .. Page(page)])]));
        Assert.Equal(3, Count(document.Text, "x0 x1"));
    }

    /// <summary>Of headings that go on over pages, the sections still have the name.</summary>
    [Fact]
    public void Titles_OfPagesInARow_StayThePathOfWhatFollows()
    {
        var document = Read("a.pdf", Write([.. Enumerable.Range(1, 3).Select(page => Page(page, ("Roadmap", 50, Top, 20)))]));
        Assert.Equal(1, Count(document.Text, "Roadmap"));
        Assert.Equal([(1, "Roadmap", Body(1)), (2, "Roadmap", Body(2)), (3, "Roadmap", Body(3))], Sections(document));
    }

    private static string Body(int page) => $"The {"zero one two three four five six seven eight nine".Split(' ')[page % 10]}th page says that ferns like shade.";

    private static IReadOnlyList<(string Text, double X, double Y, double Size)> Page(int page, params (string Text, double X, double Y, double Size)[] more) => [.. more, .. Lines(50, 600, Body(page))];

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
