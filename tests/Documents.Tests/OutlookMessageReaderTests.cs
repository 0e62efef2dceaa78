using System.Text;
using static Serverless.Documents.Tests.CompoundFiles;
using static Serverless.Documents.Tests.OutlookFiles;
using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

public sealed class OutlookMessageReaderTests
{
    private static readonly long Sent = new DateTimeOffset(2025, 11, 3, 9, 30, 0, TimeSpan.Zero).ToFileTime();

    [Fact]
    public void Message_IsReadAsMailIs()
    {
        var document = Read("a.msg", Write(
            Text(0x0037, "Pump"), Text(0x0C1A, "Ann Lee"), Text(0x0C1F, "/o=Exchange/cn=ann"), Text(0x5D01, "ann@x.y"), Text(0x0E04, "Bob; Cem"), Text(0x0E03, "Dora"), Properties(32, (0x0039, 0x40, Sent)),
            Text(0x1000, "Use 3 bar.\r\nNot more.\r\n"), Bytes(0x1013, "<p>HTML</p>"u8.ToArray()), Storage("__recip_version1.0_#00000000", Text(0x3001, "Bob")), Storage("__nameid_version1.0")));
        Assert.Equal("Pump\n\nFrom: Ann Lee <ann@x.y>\nTo: Bob; Cem\nCc: Dora\nDate: 2025-11-03 09:30 +00:00\n\nUse 3 bar.\nNot more.", document.Text);
        Assert.Equal("Pump", document.Title);
    }

    [Fact]
    public void Attachments_AreReadUnderTheirNames()
    {
        // Longer than what goes into the stream of small ones.
        var list = string.Concat(Enumerable.Range(1, 500).Select(i => $"Fern {i} likes shade.\n"));
        var inner = Storage("__substg1.0_3701000D", Text(0x0037, "Inner"), Text(0x1000, "Inner text."), Properties(24, (0x0039, 0x40, Sent)));
        var document = Read("a.msg", Write(
            Text(0x1000, "See below."),
            Storage("__attach_version1.0_#00000001", inner, Properties(8)),
            Storage("__attach_version1.0_#00000000", Text(0x3707, "list of ferns.txt"), Text(0x3704, "LISTOF~1.TXT"), Bytes(0x3701, Encoding.UTF8.GetBytes(list))),
            Storage("__attach_version1.0_#00000002", Text(0x3707, "logo.txt"), Text(0x370E, "image/png"), Text(0x3712, "cid1"), Bytes(0x3701, "logo"u8.ToArray())),
            Storage("__attach_version1.0_#00000003", Text(0x3707, "x.bin"), Bytes(0x3701, [1, 2]))));
        Assert.Equal($"See below.\n\nlist of ferns.txt\n\n{list}\n\nInner\n\nInner\n\nDate: 2025-11-03 09:30 +00:00\n\nInner text.", document.Text);
    }

    /// <summary>The small streams of a mail to many are more than the file has sectors.</summary>
    [Fact]
    public void Message_WithManyRecipients_IsRead() => Assert.StartsWith(
        "Pump", Read("a.msg", Write(Text(0x0037, "Pump"), Text(0x1000, "Use 3 bar."), Storage("__recip_version1.0_#00000000", [.. Enumerable.Range(1, 2000).Select(i => Text(0x3001 + i, new string('x', 100)))]))).Text,
        StringComparison.Ordinal);

    /// <summary>Without a plain text there is HTML, in its own encoding, or RTF, which Outlook packs.</summary>
    [Fact]
    public void Body_OfOtherKinds_IsRead()
    {
        Assert.Equal("Grüße\n\nAnn", Read("a.msg", Write(Bytes(0x1013, Encoding.Latin1.GetBytes("<html><head><meta http-equiv=Content-Type content='text/html; charset=iso-8859-1'></head><body><p>Grüße<p>Ann</body></html>")))).Text);
        // Packed as it is ([MS-OXRTFCP], section 2.1.3.1.4): length with the rest of the header, length, "MELA", no sum.
        var rtf = "{\\rtf1\\ansi Use {\\b 3} bar.}"u8.ToArray();
        Assert.Equal("Use 3 bar.", Read("a.msg", Write(Bytes(0x1009, [.. BitConverter.GetBytes(rtf.Length + 12), .. BitConverter.GetBytes(rtf.Length), .. "MELA"u8, 0, 0, 0, 0, .. rtf]))).Text);
    }

    [Fact]
    public void Texts_OfOldMessages_AreInTheirCodePage() => Assert.Equal(
        "Привет\n\nНасос", Read("a.msg", Write(Narrow(0x0037, [0xCF, 0xF0, 0xE8, 0xE2, 0xE5, 0xF2]), Narrow(0x1000, [0xCD, 0xE0, 0xF1, 0xEE, 0xF1]), Properties(32, (0x3FFD, 3, 1251)))).Text);

    [Fact]
    public void Message_IsKnownByItsBytes()
    {
        var message = Write(Text(0x1000, "Use 3 bar."), Properties(32));
        Assert.Equal("Use 3 bar.", Read("mail", message).Text);
        Assert.Equal("Use 3 bar.", Read("mail", message, "application/octet-stream").Text);
        Assert.Equal("Use 3 bar.", Read("mail", message, "application/vnd.ms-outlook").Text);
    }

    [Fact]
    public void Broken_SaysSo()
    {
        Assert.Equal("The Outlook message is broken and cannot be read.", Rejection("a.msg", "no message"));
        var whole = Write(Text(0x0037, "Pump"), Text(0x1000, new string('x', 5000)), Storage("__attach_version1.0_#00000000", Text(0x3707, "a.txt"), Bytes(0x3701, "Attached."u8.ToArray())));
        var random = new Random(5);
        for (var i = 0; i < 3000; i++)
        {
            var broken = i % 3 == 0 ? whole[..random.Next(whole.Length)] : (byte[])whole.Clone();
            for (var flips = random.Next(4); flips > 0 && broken.Length > 0; flips--) broken[random.Next(broken.Length)] = (byte)random.Next(256);
            try
            {
                All.Read(new DocumentFile("a.msg", null, broken), new ReadingLimits(), default);
            }
            catch (DocumentRejectedException rejected)
            {
                Assert.DoesNotContain("(", rejected.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Messages_DeeperThanAreRead_AreLeftOutWithAWord()
    {
        var inner = Storage("__substg1.0_3701000D", Text(0x1000, "Text 5."));
        for (var i = 4; i >= 1; i--) inner = Storage("__substg1.0_3701000D", Text(0x1000, $"Text {i}."), Storage("__attach_version1.0_#00000000", Text(0x3001, $"Mail {i + 1}"), inner));
        var text = Read("a.msg", Write(Text(0x1000, "Text 0."), Storage("__attach_version1.0_#00000000", Text(0x3001, "Mail 1"), inner))).Text;
        Assert.Contains("Text 0.\n\nMail 1\n\nText 1.\n\nMail 2\n\nText 2.\n\nMail 3\n\nText 3.\n\nMail 4\n\nNot read: files within one another are read 3 levels deep (Ingestion:MaxArchiveDepth).", text, StringComparison.Ordinal);
    }

    /// <summary>Streams that all lead to the same sectors.</summary>
    [Fact]
    public void Bombs_EndAtTheirLimits()
    {
        var content = new byte[100_000];
        var attachments = Enumerable.Range(0, 50).Select(i => Storage($"__attach_version1.0_#{i:X8}", Text(0x3707, "a.txt"), Bytes(0x3701, content)));
        Assert.Contains("MaxUnpackedBytes", Rejection("a.msg", Write([.. attachments]), new ReadingLimits { MaxUnpackedBytes = 1_000_000 }), StringComparison.Ordinal);
    }
}
