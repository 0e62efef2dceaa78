using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using static Serverless.Documents.Tests.OfficeFiles;
using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

public sealed class ArchiveReaderTests
{
    [Fact]
    public void Zip_ReadsEachFileThatHasAReader()
    {
        var inner = Zip(("deep.md", "# Deep\n\nDown here."));
        var document = Read("a.zip", Zip(
            ("docs/a.md", Encoding.UTF8.GetBytes("# Ferns\n\nShade.")), ("b.txt", Encoding.UTF8.GetBytes("Plain.")), ("photo.jpg", [1, 2]), ("c.exe", [0]), ("broken.pdf", [1]),
            ("__MACOSX/b.txt", Encoding.UTF8.GetBytes("junk")), (".hidden.txt", Encoding.UTF8.GetBytes("junk")), ("inner.zip", inner)));
        Assert.Equal([("docs/a.md > Ferns", "Shade."), ("b.txt", "Plain."), ("inner.zip > deep.md > Deep", "Down here.")], Sections(document).Select(section => (section.Heading!, section.Text)));
    }

    /// <summary>Packages of formats that are not read are no archives: their parts would come as XML. They are read as what they are called.</summary>
    [Theory]
    [InlineData("plan.vstx", "[Content_Types].xml", "visio/document.xml")]
    [InlineData("letter.sxw", "content.xml", "META-INF/manifest.xml")]
    [InlineData("talk.key", "buildVersionHistory.plist", "index.xml")]
    [InlineData("talk.key", "Metadata/BuildVersionHistory.plist", "notes.txt")]
    [InlineData("unknown", "[Content_Types].xml", "Documents/1/Pages/1.fpage")]
    public void Packages_OfOtherFormats_AreNoArchives(string name, string first, string second)
    {
        var package = Zip((first, "<secret/>"), (second, "<secret/>"));
        Assert.StartsWith("The file's type is not supported.", Rejection(name, package), StringComparison.Ordinal);
        Assert.Equal("b.txt\n\nFine.", Read("a.zip", Zip((name + ".vsdx", package), ("b.txt", "Fine."u8.ToArray()))).Text);
        Assert.Contains("secret", Read("a.zip", package).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Containers_OfSignedDocuments_AreArchives()
    {
        using var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in (ReadOnlySpan<(string, string)>)[("mimetype", "application/vnd.etsi.asic-e+zip"), ("contract.txt", "The fern is sold."), ("META-INF/manifest.xml", "<secret/>")])
            {
                using var entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        Assert.Contains("contract.txt\n\nThe fern is sold.", Read("a.asice", file.ToArray()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Packages_WithAPreview_AreReadByIt() => Assert.Equal(
        "QuickLook/Preview.pdf\n\nFerns like shade.",
        Read("a.pages", Zip(("buildVersionHistory.plist", "<secret/>"u8.ToArray()), ("index.xml", "<secret/>"u8.ToArray()), ("QuickLook/Preview.pdf", PdfFiles.Write([("Ferns like shade.", 60, 700, 10)])))).Text);

    [Fact]
    public void Zip_WithNothingToRead_SaysSo()
    {
        Assert.Equal("The ZIP archive holds no file that can be read.", Rejection("a.zip", Zip(("a.exe", "x"))));
        Assert.Equal("The ZIP archive is broken and cannot be read.", Rejection("a.zip", "PK no"));
    }

    /// <summary>As downloads are cut off, and programs that unpack themselves hold theirs.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Zip_WithoutItsDirectory_IsReadByWhatStandsBeforeItsFiles(bool isStreamed)
    {
        var whole = isStreamed ? Streamed(("a.txt", "Alpha."), ("ü.txt", "Beta.")) : Zip(("a.txt", "Alpha."), ("ü.txt", "Beta."));
        const string Text = "a.txt\n\nAlpha.\n\nü.txt\n\nBeta.";
        Assert.Equal(Text, Read("a.zip", whole).Text);
        var directory = whole.AsSpan().IndexOf("PK\x01\x02"u8);
        Assert.Equal(Text, Read("a.zip", whole[..directory]).Text);
        Assert.Equal(Text, Read("a.zip", whole[..^30]).Text);
        Assert.Equal(Text, Read("a.zip", [.. "MZ program "u8, .. whole]).Text);
        Assert.Equal("a.txt\n\nAlpha.", Read("a.zip", whole[..(whole.AsSpan()[4..].IndexOf("PK\x03\x04"u8) + 20)]).Text);
        Assert.Equal("Gone on.", Read("a.docx", OfficeFiles.Word(OfficeFiles.Paragraph("Gone on."))[..^30]).Text);
    }

    // As whoever writes to a pipe does: lengths stand behind the data.
    private static byte[] Streamed(params (string Name, string Text)[] files)
    {
        using var packed = new MemoryStream();
        using (var pipe = new PipeStream(packed))
        using (var archive = new ZipArchive(pipe, ZipArchiveMode.Create))
        {
            foreach (var (name, text) in files)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return packed.ToArray();
    }

    private sealed class PipeStream(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }

    [Fact]
    public void Zip_OfWhichOneFileIsPackedOtherwise_HasTheOthers()
    {
        var archive = Zip(("bad.txt", "Bad."), ("good.txt", "Good."));
        // The method, in front of the file and in the directory: bzip2.
        archive[8] = archive[archive.AsSpan().IndexOf("PK\x01\x02"u8) + 10] = 12;
        Assert.Equal("good.txt\n\nGood.", Read("a.zip", archive).Text);
    }

    [Fact]
    public void Tar_CutOff_HasWhatStandsBefore()
    {
        using var packed = new MemoryStream();
        using (var writer = new TarWriter(packed, leaveOpen: true))
        {
            foreach (var name in (string[])["a.txt", "b.txt"]) writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(name + new string('.', 2000))) });
        }

        var text = Read("a.tar", packed.ToArray()[..5000]).Text;
        Assert.StartsWith("a.txt\n\na.txt.", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.7z", "Archives of 7-Zip are not read: save it as .zip.")]
    [InlineData("a.tar.xz", "Files packed by xz are not read: save it as .zip.")]
    public void Archives_ThatAreNotRead_SayWhatIs(string name, string reason) => Assert.Equal(reason, Rejection(name, "x"));

    [Fact]
    public void Zip_InZipInZip_EndsAtTheLimit()
    {
        var archive = Zip(("a.txt", "x"));
        for (var i = 0; i < 5; i++) archive = Zip(("a.zip", archive));
        Assert.Contains("Ingestion:MaxArchiveDepth", Rejection("a.zip", archive), StringComparison.Ordinal);
    }

    [Fact]
    public void Zip_OfManyFiles_EndsAtTheLimit() => Assert.Contains(
        "more than 20 files (Ingestion:MaxArchiveFiles)",
        Rejection("a.zip", Zip([.. Enumerable.Range(0, 21).Select(i => ($"{i}.txt", "x"))]), new ReadingLimits { MaxArchiveFiles = 20 }), StringComparison.Ordinal);

    [Theory]
    [InlineData("a.zip", "a.txt")]
    [InlineData("a.docx", "[Content_Types].xml")]
    [InlineData("a.epub", "META-INF/container.xml")]
    public void Bomb_EndsAtTheLimitAndNotInMemory(string path, string part)
    {
        // 64 MB of zeros in 64 kB.
        var archive = Zip((part, new byte[64 * 1024 * 1024]));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("Ingestion:MaxUnpackRatio", Rejection(path, archive, new ReadingLimits { MaxUnpackRatio = 50 }), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 48 * 1024 * 1024);
    }

    [Fact]
    public void Bomb_InAWordDocument_EndsAtTheLimitAndNotInMemory()
    {
        var document = Word(new string(' ', 32 * 1024 * 1024));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("Ingestion:MaxUnpackedBytes", Rejection("a.docx", document, new ReadingLimits { MaxUnpackedBytes = 2_000_000 }), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 24 * 1024 * 1024);
    }

    [Fact]
    public void Bombs_Together_EndAtTheLimit() => Assert.Contains(
        "Ingestion:MaxUnpackedBytes",
        Rejection("a.zip", Zip([.. Enumerable.Range(0, 8).Select(i => ($"{i}.txt", new byte[800_000]))]), new ReadingLimits { MaxUnpackedBytes = 4_000_000 }), StringComparison.Ordinal);

    [Fact]
    public void Epub_ReadsItsChaptersInTheOrderOfTheSpine()
    {
        var document = Read("a.epub", Epub(("one%20a.xhtml", "<h1>One</h1><p>First.</p>"), ("sub/two.xhtml", "<title/><h1>Two</h1><p>Second.</p>")));
        Assert.Equal([("One", "First."), ("Two", "Second.")], Sections(document).Select(section => (section.Heading!, section.Text)));
        Assert.Equal("A book", document.Title);
    }

    [Fact]
    public void Epub_HiddenByItsOwnStyleSheet_IsNotRead()
    {
        var chapter = "<link rel='stylesheet' href='../book%20a.css'/><p class='gone'>secret</p><p style='color:#fff'>Light.</p><p>Seen.</p>";
        Assert.Equal("Light.\n\nSeen.", Read("a.epub", Epub([("text/one.xhtml", chapter), ("two.xhtml", "")], ("OEBPS/book a.css", ".gone{display:none} body{background:#000}"))).Text);
    }

    /// <summary>Books are packed by hand and by programs of all kinds; what is told wrongly, the files themselves tell.</summary>
    [Theory]
    [InlineData(null, Package, "Two\n\nOne")]
    [InlineData("<container><rootfiles>", Package, "Two\n\nOne")]
    [InlineData("<container><rootfiles><rootfile full-path='OPS/none.opf'/></rootfiles></container>", Package, "Two\n\nOne")]
    [InlineData("\n \n<?xml version='1.0'?><container><rootfiles><rootfile full-path='OPS/book.opf'/></rootfiles></container>", "\uFEFF\n" + Package, "Two\n\nOne")]
    [InlineData(null, "<package><metadata><title>A&nbsp;book &amp; more</title></metadata><manifest><item id='a' href='a.html'/></manifest><spine><itemref idref='a'/></spine></package>", "One")]
    [InlineData(null, "<package><manifest><item id='a' href='a.html'/></manifest></package>", "One\n\nTwo")]
    [InlineData(null, "no XML", "One\n\nTwo")]
    [InlineData(null, null, "One\n\nTwo")]
    public void Epub_ThatTellsWrongly_IsReadAllTheSame(string? container, string? package, string text) => Assert.Equal(text, Read("a.epub", Zip(
    [
        ("mimetype", "application/epub+zip"), ("OPS/b.xhtml", "<html><body><p>Two</p></body></html>"), ("OPS/a.html", "<html><body><p>One</p></body></html>"),
        .. package is null ? Array.Empty<(string, string)>() : [("OPS/book.opf", package)],
        .. container is null ? Array.Empty<(string, string)>() : [("META-INF/container.xml", container)],
    ])).Text);

    private const string Package = "<package><manifest><item id='a' href='a.html'/><item id='b' href='b.xhtml'/></manifest><spine><itemref idref='b'/><itemref idref='a'/></spine></package>";

    [Fact]
    public void Epub_EncryptedOrBroken_SaysSo()
    {
        Assert.Contains("broken", Rejection("a.epub", Zip(("mimetype", "application/epub+zip"))), StringComparison.Ordinal);
        Assert.Contains("DRM", Rejection("a.epub", Epub([("a.xhtml", "x")], ("META-INF/encryption.xml", "<e><CipherReference URI='OEBPS/a.xhtml'/></e>"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Mail_TextAndAttachments_AreRead()
    {
        var document = Read("a.eml", Mail("text/plain; charset=iso-8859-1", "Farne m\u00F6gen Schatten."));
        Assert.Equal(
            [("Ferns and m\u00F6re", "From: \"Ann\" <ann@example.org>\nTo: bob@example.org\nDate: 2024-01-01 10:00 +01:00\n\nFarne m\u00F6gen Schatten."), ("list.md > T", "Attached.")],
            Sections(document).Select(section => (section.Heading!, section.Text)));
        Assert.Equal("Ferns and m\u00F6re", document.Title);
    }

    [Fact]
    public void Mail_OfHtmlAlone_IsReadByItsRules() =>
        Assert.Contains("\n\nSeen.", Read("a.eml", Mail("text/html", "<p hidden>x</p><p>Seen.</p>")).Text, StringComparison.Ordinal);

    [Fact]
    public void Mail_OfSeveralParts_IsReadWhole()
    {
        var document = Read("a.eml", """
            Subject: Pumps
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary=m

            --m
            Content-Type: multipart/alternative; boundary=a

            --a
            Content-Type: text/plain

            Plain first.
            --a
            Content-Type: text/html

            <p>Plain first, as a page.</p>
            --a--
            --m
            Content-Type: image/png; name=logo.png
            Content-Disposition: inline; filename=logo.png

            x
            --m
            Content-Type: text/html

            <p>Then a page.</p>
            --m
            Content-Type: text/plain

            A list's footer.
            --m
            Content-Type: text/csv; name=t.csv
            Content-Disposition: inline; filename=t.csv

            a,b
            1,2
            --m
            Content-Type: message/rfc822

            Subject: Forwarded
            Content-Type: text/plain

            Forwarded words.
            --m--
            """);
        Assert.Equal("Pumps\n\nPlain first.\n\nThen a page.\n\nA list's footer.\n\nt.csv\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nForwarded.eml\n\nForwarded\n\nForwarded words.", document.Text);
    }

    [Fact]
    public void Mail_OfEmptyPlainText_IsReadAsThePageBesideIt() => Assert.Equal(
        "S\n\nThe page.",
        Read("a.eml", "Subject: S\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\n\n--a\nContent-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n<p>The page.</p>\n--r--\n--a--\n").Text);

    [Fact]
    public void Mail_OfFlowedText_IsUnfolded_ButNotIntoItsSignature() => Assert.Equal(
        "S\n\nOne line that goes on.\n> Quoted and folded.\nAfter it.\n-- \nAnn",
        Read("a.eml", "Subject: S\nMIME-Version: 1.0\nContent-Type: text/plain; format=flowed\n\nOne line \nthat goes on.\n> Quoted and \n> folded.\nAfter it.\n-- \nAnn\n").Text);

    [Fact]
    public void Mail_ThatIsNone_SaysSo() => Assert.Contains("no mail", Rejection("a.eml", "\n\nnothing"), StringComparison.Ordinal);

    [Fact]
    public void Mail_DeeperThanIsRead_IsLeftOutWithAWord()
    {
        var mail = "Subject: Mail 6\n\nText 6.\n";
        for (var i = 5; i >= 0; i--) mail = Forwarded($"Mail {i}", $"Text {i}.", "message/rfc822", mail);
        var document = Read("a.eml", mail);
        for (var i = 0; i <= 3; i++) Assert.Contains($"Text {i}.", document.Text, StringComparison.Ordinal);
        Assert.EndsWith("Mail 4.eml\n\nNot read: files within one another are read 3 levels deep (Ingestion:MaxArchiveDepth).", document.Text, StringComparison.Ordinal);
        Assert.EndsWith("> Mail 4.eml", document.Sections[^1].Heading, StringComparison.Ordinal);
    }

    [Fact]
    public void Mail_AtTheLimit_IsReadWithItsOwnText_WithoutItsAttachment()
    {
        const string meeting = "Subject: Meeting\nMIME-Version: 1.0\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Pruning\nEND:VEVENT\nEND:VCALENDAR\n";
        var limits = new ReadingLimits { MaxArchiveDepth = 1 };
        Assert.Contains("SUMMARY: Pruning", Read("a.eml", Encoding.UTF8.GetBytes(Forwarded("Fw", "See.", "message/rfc822", meeting)), limits: limits).Text, StringComparison.Ordinal);
        var text = Read("a.mbox", Encoding.UTF8.GetBytes("From a@b Mon Jun  1 10:00:00 2026\n" + Forwarded("Fw", "See.", "text/csv; name=a.csv", "a,b\n1,2\n")), limits: limits).Text;
        Assert.Contains("See.\n\na.csv\n\nNot read: ", text, StringComparison.Ordinal);
    }

    // What is forwarded stands in the mail as an attachment.
    private static string Forwarded(string subject, string text, string type, string content)
    {
        var boundary = subject.Replace(' ', '-');
        return $"Subject: {subject}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary={boundary}\n\n--{boundary}\n\n{text}\n--{boundary}\nContent-Type: {type}\nContent-Disposition: attachment\n\n{content}\n--{boundary}--\n";
    }

    private static byte[] Epub(params (string Href, string Body)[] chapters) => Epub(chapters, null);

    private static byte[] Epub((string Href, string Body)[] chapters, (string Name, string Text)? more) => Zip(
    [
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", "<container><rootfiles><rootfile full-path='OEBPS/content.opf'/></rootfiles></container>"),
        ("OEBPS/content.opf", "<!DOCTYPE package SYSTEM 'http://example.org/x.dtd'><package xmlns:dc='d'><metadata><dc:title>A book</dc:title></metadata><manifest>"
            + string.Concat(chapters.Select((chapter, i) => $"<item id='c{i}' href='{chapter.Href}'/>")) + "</manifest><spine>"
            + string.Concat(chapters.Select((_, i) => $"<itemref idref='c{i}'/>")) + "<itemref idref='none'/></spine></package>"),
        .. chapters.Select(chapter => ("OEBPS/" + Uri.UnescapeDataString(chapter.Href), $"<?xml version='1.0'?><html><body>{chapter.Body}</body></html>")),
        .. more is { } extra ? [extra] : Array.Empty<(string, string)>(),
    ]);

    private static byte[] Mail(string type, string body) => Encoding.Latin1.GetBytes(
        "Subject: =?utf-8?Q?Ferns_and_m=C3=B6re?=\r\nFrom: Ann <ann@example.org>\r\nTo: bob@example.org\r\nDate: Mon, 1 Jan 2024 10:00:00 +0100\r\nMIME-Version: 1.0\r\n"
        + $"Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\nContent-Type: {type}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
        + "--q\r\nContent-Type: application/octet-stream; name=list.md\r\nContent-Disposition: attachment; filename=list.md\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + Convert.ToBase64String("# T\n\nAttached."u8) + "\r\n--q\r\nContent-Type: image/png; name=x.png\r\nContent-Disposition: attachment; filename=x.png\r\n\r\nx\r\n--q--\r\n");

    [Fact]
    public void Zip_OfWindows_HasFoldersToo() =>
        Assert.Equal("a/b.txt\n\nRead.", Read("a.zip", Zip(("a\\b.txt", "Read."), ("a\\.hidden.txt", "x"), ("__MACOSX\\c.txt", "x"))).Text);

    [Fact]
    public void Epub_WhoseNamesDifferInCase_LosesNoChapter() => Assert.Equal("One", Read("a.epub", Zip(
        ("META-INF/container.xml", "<container><rootfiles><rootfile full-path='c.opf'/></rootfiles></container>"),
        ("c.opf", "<package><manifest><item id='a' href='Text/One.xhtml'/></manifest><spine><itemref idref='a'/></spine></package>"),
        ("text/one.XHTML", "<html><body><p>One</p></body></html>"))).Text);

    /// <summary>Outlook's own format ([MS-OXTNEF]): all of the mail is in one attachment.</summary>
    [Theory]
    [InlineData("application/ms-tnef; name=winmail.dat")]
    [InlineData("application/vnd.ms-tnef")]
    public void Mail_WithinWinmail_IsRead(string type)
    {
        byte[] wrapped =
        [
            0x78, 0x9F, 0x3E, 0x22, 1, 0, .. Attribute(1, 0x00089006, [0, 0, 1, 0]), .. Attribute(1, 0x0002800C, "The text itself.\0"u8), .. Attribute(2, 0x00069002, new byte[14]),
            .. Attribute(2, 0x00018010, "list.txt\0"u8), .. Attribute(2, 0x0006800F, "Attached."u8),
        ];
        string Mail(byte[] content) => $"Subject: S\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=q\n\n--q\nContent-Type: text/plain\n\nBefore.\n--q\nContent-Type: {type}\nContent-Transfer-Encoding: base64\n\n{Convert.ToBase64String(content)}\n--q--\n";
        Assert.Equal("S\n\nBefore.\n\nThe text itself.\n\nlist.txt\n\nAttached.", Read("a.eml", Mail(wrapped)).Text);
        Assert.Equal("S\n\nBefore.", Read("a.eml", Mail(wrapped[..20])).Text);
        Assert.Equal("S\n\nBefore.", Read("a.eml", Mail([1, 2, 3])).Text);
    }

    // Level, tag, length, data, and the sum of its bytes.
    private static byte[] Attribute(byte level, uint tag, ReadOnlySpan<byte> data)
    {
        var sum = 0;
        foreach (var value in data) sum += value;
        return [level, .. BitConverter.GetBytes(tag), .. BitConverter.GetBytes(data.Length), .. data, .. BitConverter.GetBytes((ushort)sum)];
    }

    private static byte[] Gzip(byte[] content)
    {
        using var stream = new MemoryStream();
        using (var packed = new GZipStream(stream, CompressionLevel.SmallestSize)) packed.Write(content);
        return stream.ToArray();
    }

    private static byte[] Tar(params (string Name, string Text)[] files)
    {
        using var stream = new MemoryStream();
        using (var archive = new TarWriter(stream, leaveOpen: true))
        {
            foreach (var (name, text) in files) archive.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
            archive.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "link.txt") { LinkName = "/etc/passwd" });
            archive.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "folder.txt"));
        }

        return stream.ToArray();
    }

    [Fact]
    public void Tar_AndGzip_AreReadByWhatIsInThem()
    {
        var tar = Tar(("a/one.md", "# One\n\nFirst."), ("a/.hidden.txt", "x"), ("b.bin", "\u0001"), ("ü.txt", "Second."));
        const string text = "a/one.md\n\nOne\n\nFirst.\n\nü.txt\n\nSecond.";
        Assert.Equal(text, Read("a.tar", tar).Text);
        Assert.Equal(text, Read("a.tar.gz", Gzip(tar)).Text);
        Assert.Equal(text, Read("a.tgz", Gzip(tar)).Text);
        Assert.Equal("a: 1", Read("log.json.gz", Gzip("{\"a\":1}"u8.ToArray())).Text);
        Assert.Equal("plain", Read("packed", Gzip("plain"u8.ToArray())).Text);
    }

    [Fact]
    public void Tar_AndGzip_ThatAreBrokenOrTooMuch_SayWhy()
    {
        Assert.Contains("broken", Rejection("a.gz", [0x1F, 0x8B, 8, 0, 1, 2]), StringComparison.Ordinal);
        Assert.Contains("broken", Rejection("a.tar", new string('x', 600)), StringComparison.Ordinal);
        Assert.Contains("no file that can be read", Rejection("a.tar", Tar()), StringComparison.Ordinal);
        Assert.Contains("none that can be read", Rejection("a.bin.gz", Gzip([1, 2, 3])), StringComparison.Ordinal);
        Assert.Contains("MaxUnpackRatio", Rejection("a.txt.gz", Gzip(new byte[20_000_000])), StringComparison.Ordinal);
        Assert.Contains("MaxArchiveFiles", Rejection("a.tar", Tar([.. Enumerable.Range(0, 9).Select(i => ($"{i}.txt", "x"))]), new ReadingLimits { MaxArchiveFiles = 5 }), StringComparison.Ordinal);
        Assert.Contains("MaxArchiveDepth", Rejection("a.txt.gz.gz.gz.gz", Gzip(Gzip(Gzip(Gzip("x"u8.ToArray()))))), StringComparison.Ordinal);
    }

    [Fact]
    public void Mailbox_HasEachOfItsMails() => Assert.Equal(
        "First\n\nFirst\n\nFrom: a@b\n\nOne\nFrom here on.\n\nmail\n\nFrom: c@d\n\nTwo",
        Read("a.mbox", "From a@b Mon Jan  1 10:00:00 2024\nFrom: a@b\nSubject: First\n\nOne\n>From here on.\n\nFrom c@d Tue Jan  2 10:00:00 2024\nFrom: c@d\n\nTwo\n").Text);

    [Fact]
    public void Mailbox_ThatIsNone_SaysSo() => Assert.Contains("no mailbox", Rejection("a.mbox", "nothing"), StringComparison.Ordinal);

    /// <summary>An invitation may have no other text than the calendar's; where it has, it says the same.</summary>
    [Theory]
    [InlineData("Content-Type: text/calendar; method=REQUEST; charset=utf-8\n\nBEGIN:VEVENT\nSUMMARY:Pump main\n tenance\nEND:VEVENT\n", "Invite\n\nSUMMARY: Pump maintenance")]
    [InlineData("MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n \n--b\nContent-Type: text/calendar\n\nBEGIN:VEVENT\nSUMMARY:Pump\nEND:VEVENT\n--b--\n", "Invite\n\nSUMMARY: Pump")]
    [InlineData("MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nPlease come.\n--b\nContent-Type: text/calendar\n\nBEGIN:VEVENT\nSUMMARY:Pump\nEND:VEVENT\n--b--\n", "Invite\n\nPlease come.")]
    public void Mail_ThatIsAnInvitation_SaysToWhat(string mail, string text) => Assert.Equal(text, Read("a.eml", "Subject: Invite\n" + mail).Text);

    /// <summary>As Apple's Mail keeps one: its length before it, properties after it.</summary>
    [Fact]
    public void Mail_OfApple_IsRead()
    {
        const string mail = "Subject: Pump\nContent-Type: text/plain\n\nUse 3 bar.\n";
        Assert.Equal("Pump\n\nUse 3 bar.", Read("a.emlx", $"{mail.Length}       \n{mail}<?xml version=\"1.0\"?><plist></plist>\n").Text);
        Assert.Equal("Pump\n\nUse 3 bar.", Read("a.emlx", mail).Text);
    }

    /// <summary>Windows and others write names in their own code page; in Shift_JIS half a letter is a backslash, and what came after it began with a dot.</summary>
    [Theory]
    [InlineData(850, "Übersicht.txt", "Größe/Maße.txt")]
    [InlineData(932, "水やり.txt", "資料/一覧表.txt")]
    [InlineData(866, "Полив растений.txt", "Розы.txt")]
    [InlineData(54936, "浇水说明.txt", "植物/玫瑰花.txt")]
    [InlineData(1252, "Crème brûlée.txt", "Garçon à la mode.txt")]
    public void Zip_WithNamesInACodePage_HasTheirLetters(int page, string one, string two)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true, CodePagesEncodingProvider.Instance.GetEncoding(page)))
        {
            foreach (var (name, text) in (ReadOnlySpan<(string, string)>)[("plain.txt", "Figs."), (one, "Ferns."), (two, "Roses.")])
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        Assert.Equal($"plain.txt\n\nFigs.\n\n{one}\n\nFerns.\n\n{two}\n\nRoses.", Read("a.zip", stream.ToArray()).Text);
    }

    /// <summary>Newsletters' plain texts say that there is another; a short mail's says what it has to say.</summary>
    [Theory]
    [InlineData("Please use a client that shows HTML.", 20, false)]
    [InlineData("Please use a client that shows HTML.", 2, true)]
    [InlineData("The pump needs three bar of pressure, not more, and a filter that is clean and was rinsed in a bucket of pond water, never under the tap, as all that lives in it would die. The pump needs three bar of pressure.", 20, true)]
    public void Mail_WhosePlainTextIsNone_IsReadAsItIsShown(string plain, int sentences, bool isPlain)
    {
        var html = string.Join(' ', Enumerable.Repeat("The pump needs three bar of pressure and a clean filter.", sentences));
        foreach (var (before, after) in (ReadOnlySpan<(string, string)>)[("", ""), ("Content-Type: multipart/related; boundary=r\n\n--r\n", "\n--r--\n")])
        {
            var mail = $"Subject: S\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n{plain}\n--b\n{before}Content-Type: text/html\n\n<p>{html}</p>{after}\n--b--\n";
            Assert.Equal("S\n\n" + (isPlain ? plain : html), Read("a.eml", mail).Text);
        }
    }
}
