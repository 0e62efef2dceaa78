using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

public sealed class WebArchiveReaderTests
{
    /// <summary>As Chrome saves a page: quoted-printable, styles by their content ids, frames as parts of their own.</summary>
    private const string Page =
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://example.org/a/roses.html\r\nSubject: =?utf-8?Q?Roses=20=E2=9C=93?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype=\"text/html\";\r\n\tboundary=\"----B\"\r\n\r\n"
        + "------B\r\nContent-Type: text/html\r\nContent-ID: <frame-1@mhtml.blink>\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Location: https://example.org/a/roses.html\r\n\r\n"
        + "<!DOCTYPE html><html><head><meta http-equiv=3D\"Content-Type\" content=3D\"text/html; charset=3DUTF-8\"><title>Roses</title><link rel=3D\"stylesheet\" href=3D\"cid:css-1@mhtml.blink\"><link rel=3Dstylesheet href=3D\"../s.css\"></hea=\r\nd>"
        + "<body><h1>Pruning</h1><p>Prune caf=C3=A9 roses in =\r\nMarch.</p><p class=3Dgone>Secret1.</p><p class=3Dtoo>Secret2.</p><img src=3D\"https://example.org/x.png\"></body></html>\r\n"
        + "------B\r\nContent-Type: text/css\r\nContent-ID: <css-1@mhtml.blink>\r\nContent-Location: cid:css-1@mhtml.blink\r\n\r\n.gone { display: none; }\r\n"
        + "------B\r\nContent-Type: text/css\r\nContent-Location: https://example.org/s.css\r\n\r\n.too { visibility: hidden; }\r\n"
        + "------B\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-Location: https://example.org/x.png\r\n\r\niVBORw0KGgo=\r\n"
        + "------B\r\nContent-Type: text/html\r\nContent-ID: <frame-2@mhtml.blink>\r\n\r\n<p>Buy now.</p>\r\n------B--\r\n";

    [Theory]
    [InlineData("a.mhtml", null)]
    [InlineData("a.MHT", null)]
    [InlineData("saved", "multipart/related; boundary=x")]
    public void Page_WithItsOwnStyles_IsRead(string path, string? contentType)
    {
        var document = Read(path, Page, contentType);
        Assert.Equal("Pruning\n\nPrune café roses in March.", document.Text);
        Assert.Equal("Roses", document.Title);
    }

    [Fact]
    public void Page_WithoutATitle_HasTheMessages() =>
        Assert.Equal("Roses ✓", Read("a.mht", Page.Replace("<title>Roses</title>", "", StringComparison.Ordinal).Replace("h1>", "p>", StringComparison.Ordinal)).Title);

    /// <summary>Word and Internet Explorer save pages in the code page of their machine.</summary>
    [Fact]
    public void Page_InAnotherCharset_IsDecoded() => Assert.Equal(
        "Пионы",
        Read("a.mht", "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html; charset=\"windows-1251\"\nContent-Transfer-Encoding: quoted-printable\n\n<p>=CF=E8=EE=ED=FB\n--b--\n").Text);

    [Theory]
    [InlineData("no headers here", "does not begin with header lines")]
    [InlineData("MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: image/png\n\nx\n--b--\n", "no part of it is HTML")]
    [InlineData("MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n", "no part of it is HTML")]
    public void File_ThatIsNone_SaysWhy(string content, string reason) => Assert.Contains(reason, Rejection("a.mht", content), StringComparison.Ordinal);
}
