using static Serverless.Documents.Tests.OldSlideFiles;
using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

public sealed class BinarySlidesReaderTests
{
    [Fact]
    public void Slides_ArePages_WithTheirTitlesTextsAndNotes()
    {
        var document = Read("a.ppt", Write(
            [
                new([.. Placeholder(0), .. Placeholder(1), .. Box(Other, "A box – with 中")], [(Title, "Care of\vferns"), (Body, "Mist daily\rShade\vall day")], Notes: [.. Box(Other, "Header"), .. Box(NotesText, "Say it slowly.")]),
                new(Box(Title, "Secret"), IsHidden: true),
                new([.. Box(Body, "No title here"), .. Box(Other, "3 May", 7), .. Box(Other, "*", 8), .. Box(Other, "Footer", 9), .. Box(Other, "gone", isHidden: true)]),
                new([], [(Title, "Only in the outline")]),
            ]));
        Assert.Equal("Care of ferns\n\nMist daily\nShade\nall day\n\nA box – with 中\n\nSay it slowly.\n\nNo title here\n\nOnly in the outline", document.Text);
        Assert.Equal([(1, "Care of ferns", "Mist daily\nShade\nall day\n\nA box – with 中\n\nSay it slowly."), (3, null, "No title here")], Sections(document).Take(2));
    }

    [Fact]
    public void Tables_KeepTheirGrid_AndGroupsAreRead()
    {
        var document = Read("a.ppt", Write(
            [new([.. Box(Title, "Stock"), .. Table((0, 0, 10, "Plant"), (10, 0, 10, "Price"), (0, 10, 30, "Fern"), (10, 10, 20, "3"), (10, 20, 30, "4")), .. Group(Group(Box(Other, "Inner")))])]));
        Assert.Equal("Stock\n\n| Plant | Price |\n| --- | --- |\n| Fern | 3 |\n| Fern | 4 |\n\nInner", document.Text);
        Assert.Equal(TextBlockKind.Table, Assert.Single(document.Blocks!).Kind);
    }

    [Fact]
    public void LastEdit_Counts() => Assert.Equal("New", Read("a.ppt", Write([new(Box(Title, "New"))], edits: 3)).Text);

    [Theory]
    [InlineData("a.pps", null)]
    [InlineData("a.pot", null)]
    [InlineData("a.pptx", null)]
    [InlineData("talk", null)]
    [InlineData("talk.v2", "application/vnd.ms-powerpoint")]
    public void Presentations_AreKnownByTheirStreams_WhateverTheirName(string path, string? type) => Assert.Equal("Ferns", Read(path, Write([new(Box(Title, "Ferns"))]), type).Text);

    [Fact]
    public void Encrypted_SaysWhatHelps() => Assert.Equal("The presentation is encrypted: save it without a password.", Rejection("a.ppt", Write([new(Box(Title, "Ferns"))], token: 0xF3D1C4DF)));

    [Fact]
    public void OfBefore97_SaysWhatHelps() =>
        Assert.Equal("PowerPoint presentations of before 97 are not read: save it as .pptx.", Rejection("a.ppt", CompoundFiles.Write(new CompoundFiles.Item("PP40", new byte[64]))));

    [Fact]
    public void MoreSlidesThanPermitted_NamesTheSetting() => Assert.Equal(
        "The file has 3 slides; 2 are permitted (Ingestion:MaxPages).", Rejection("a.ppt", Write([new([]), new([]), new([])]), new ReadingLimits { MaxPages = 2 }));

    [Fact]
    public void Broken_EndsWithAReason()
    {
        var file = Write(
            [new([.. Placeholder(0), .. Placeholder(1), .. Table((0, 0, 10, "Plant"), (10, 0, 10, "Price"), (0, 10, 30, "Fern"), (10, 10, 20, "3"))], [(Title, "Care"), (Body, "Mist")], Notes: Box(NotesText, "Say.")), new(Group(Group(Box(Other, "Inner"))))], edits: 2);
        Assert.Equal("The presentation is broken and cannot be read.", Rejection("a.ppt", file[..700]));
        var read = 0;
        foreach (var broken in Mutations.Of(file, 2000, seed: 97))
        {
            try
            {
                Assert.NotEmpty(Read("a.ppt", broken).Text);
                read++;
            }
            catch (DocumentRejectedException rejected)
            {
                Assert.DoesNotContain("Exception", rejected.Message, StringComparison.Ordinal);
            }
        }

        Assert.InRange(read, 1, 1999);
    }
}
