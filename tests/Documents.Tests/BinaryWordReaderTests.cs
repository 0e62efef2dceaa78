using System.Buffers.Binary;
using static Serverless.Documents.Tests.OldWordFiles;
using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

public sealed class BinaryWordReaderTests
{
    private static readonly Style[] Styles = [new(0, "Normal"), new(1, "Überschrift 1"), new(4094, "Own heading", 1), new(4094, "Secret", 0, null, Change(0x083C, 1)), new(19, "Verzeichnis 1"), new(4094, "Step", 0, Change(0x460B, 1))];

    private static readonly byte[] Deleted = Change(0x0800, 1), Inserted = Change(0x0801, 1), Hidden = Change(0x083C, 1), Raised = Change(0x2A48, 1);

    [Fact]
    public void Text_HasItsHeadingsByStyleAndOutline()
    {
        var document = Read("a.doc", Write(
            [Of("Care of ferns", 1), Of("Mist them – daily."), Of("Light", 2), Of("Shade."), Of("Soil", 0, Change(0x2640, 1)), Of("Peat, 中 and ü.")], Styles));
        Assert.Equal("Care of ferns\n\nMist them – daily.\n\nLight\n\nShade.\n\nSoil\n\nPeat, 中 and ü.", document.Text);
        Assert.Equal(["Care of ferns", "Light", "Light > Soil"], document.Sections.Select(section => section.Heading));
    }

    [Fact]
    public void WhatWasDeletedOrIsHidden_Goes_WhatWasInsertedStays()
    {
        var document = Read("a.doc", Write(
            [
                new([new Run("Water "), new Run("weekly", Deleted), new Run("daily", Inserted), new Run(" hidden", Hidden), new Run(" tiny", Change(0x4A43, 4)), new Run(".")]),
                new([new Run("First")], EndChanges: Deleted), Of(" and on."),
                Of("All hidden", 3), new([new Run("Seen", Change(0x083C, 0))], Style: 3), new([new Run("10"), new Run("5", Raised), new Run(" seeds")]),
            ],
            Styles));
        Assert.Equal("Water daily.\n\nFirst and on.\n\nSeen\n\n10⁵ seeds", document.Text);
    }

    [Fact]
    public void Fields_SayWhatTheyComeTo_AndSignsStandForThemselves()
    {
        var document = Read("a.doc", Write(
            [
                Of("Contents \u0013 PAGEREF \u0013 IF x \u0014 y \u0015 _Toc \u00149\u0015 end"), Of("Fern\t12", 4), Of("A heading in that style", 4),
                Of("non\u001Ebreaking soft\u001Fhyphen line\vnext \u0001picture \u0008drawing"), Of("\u0013 TOC never ends"),
            ],
            Styles));
        Assert.Equal("Contents 9 end\n\nA heading in that style\n\nnon-breaking softhyphen line\nnext picture drawing", document.Text);
    }

    [Fact]
    public void Tables_KeepTheirColumns()
    {
        var document = Read("a.doc", Write(
            [
                Of("Above."),
                Cell("Plant"), Cell("Water"), Cell("Light"), RowEnd([0, 1000, 2000, 3000], [0, 0, 0]),
                Cell("Fern | a"), Of("daily", 0, Change(0x2416, 1)), Cell("at noon"), Cell("shade"), RowEnd([0, 1000, 2000, 3000], [0x60, 0, 0]),
                Cell(""), Cell("both"), RowEnd([0, 1000, 3000], [0x20, 0]),
                Of("Below."), Cell("A frame"), RowEnd([0, 3000], [0]),
            ]));
        Assert.Equal(
            """
            Above.

            | Plant | Water | Light |
            | --- | --- | --- |
            | Fern \| a | daily at noon | shade |
            | Fern \| a | both |  |

            Below.

            A frame
            """.ReplaceLineEndings("\n"), document.Text);
    }

    [Fact]
    public void Items_HaveTheNumbersThatWordCounts()
    {
        var document = Read("a.doc", Write(
            [
                Of("Dig", 5), Of("Deep", 0, Change(0x460B, 1), Change(0x260A, 1)), Of("Wide", 0, Change(0x460B, 1), Change(0x260A, 1)), Of("Plant", 5), Of("Plain"), Of("Water", 5), Of("Bullet", 0, Change(0x460B, 1), Change(0x260A, 2)),
                Of("None", 5, Change(0x460B, 0)),
            ],
            Styles, [new(0, "%1."), new(4, "%1.%2)"), new(23, "\uF0B7")]));
        Assert.Equal("1. Dig\n1.a) Deep\n1.b) Wide\n2. Plant\n\nPlain\n\n3. Water\nBullet\n\nNone", document.Text);
    }

    [Fact]
    public void NotesAndBoxes_StandBehindTheText()
    {
        var document = Read("a.doc", Write(
            [Of("Ferns\u0002 like shade\u0002.")], null, null, [Of("\u0002 Pteridophyta."), Of("\u0002 Most of them.")], [Of("Do not drink.")]));
        Assert.Equal("Ferns¹ like shade².\n\nDo not drink.\n\nNotes\n\n1. Pteridophyta.\n\n2. Most of them.", document.Text);
    }

    [Fact]
    public void Word6_IsReadAsText()
    {
        var text = "First\rPlant\aFern\a\aLast “line”.\r";
        var bytes = new byte[0x200 + text.Length];
        (bytes[0], bytes[1], bytes[2], bytes[6], bytes[7]) = (0xDC, 0xA5, 0x65, 0x07, 0x04);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(0x18), 0x200);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(0x34), text.Length);
        System.Text.CodePagesEncodingProvider.Instance.GetEncoding(1252)!.GetBytes(text).CopyTo(bytes, 0x200);
        Assert.Equal("First\n\nPlant\tFern\n\nLast “line”.", Read("a.doc", CompoundFiles.Write(new CompoundFiles.Item("WordDocument", bytes))).Text);
        bytes[2] = 0x2D;
        Assert.Equal("Word documents of before Word 6 are not read: save it as .docx.", Rejection("a.doc", CompoundFiles.Write(new CompoundFiles.Item("WordDocument", bytes))));
        Assert.Equal("Word documents of before Word 6 are not read: save it as .docx.", Rejection("a.doc", [0xDB, 0xA5, 0x2D, 0, 0, 0]));
    }

    [Theory]
    [InlineData("a.dot", null)]
    [InlineData("a.xls", null)]
    [InlineData("a.docx", null)]
    [InlineData("report", null)]
    [InlineData("letter.2003", "application/msword")]
    public void Documents_AreKnownByTheirStreams_WhateverTheirName(string path, string? type) => Assert.Equal("Ferns", Read(path, Write([Of("Ferns")]), type).Text);

    [Fact]
    public void Documents_InArchivesAndMails_AreReadToo()
    {
        var mail = OutlookFiles.Text(0x1000, "See below.");
        var attachment = CompoundFiles.Storage("__attach_version1.0_#00000000", OutlookFiles.Text(0x3707, "care.doc"), OutlookFiles.Bytes(0x3701, Write([Of("Ferns")])));
        Assert.Equal("See below.\n\ncare.doc\n\nFerns", Read("a.msg", CompoundFiles.Write(mail, attachment, OutlookFiles.Properties(32))).Text);
    }

    [Fact]
    public void Encrypted_SaysWhatHelps() => Assert.Equal("The Word document is encrypted: save it without a password.", Rejection("a.doc", Write([Of("Ferns")], flags: 0x0100)));

    [Fact]
    public void Broken_EndsWithAReason()
    {
        var file = Write(
            [Of("Care", 1), Of("Mist – daily", 5), Cell("a"), Cell("b"), RowEnd([0, 1000, 2000], [0, 0]), new([new Run("x\u0002"), new Run("gone", Deleted), new Run("5", Raised)])],
            Styles, [new(0, "%1."), new(4, "%1.%2)")], [Of("\u0002 Note.")], [Of("Box.")]);
        Assert.Equal("The Word document is broken and cannot be read.", Rejection("a.doc", file[..700]));
        var read = 0;
        foreach (var broken in Mutations.Of(file, 2000, seed: 97))
        {
            try
            {
                Assert.NotEmpty(Read("a.doc", broken).Text);
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
