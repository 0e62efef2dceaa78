using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

public sealed class SubtitleReaderTests
{
    [Fact]
    public void SubRip_SpeechIsJoinedUnderItsTime()
    {
        const string content = "1\r\n00:00:01,000 --> 00:00:04,000 X1:40 X2:600\r\n<i>Prune roses</i> in\r\n{\\an8}<font color=\"#ffffff\">early spring.</font>\r\n\r\n2\r\n00:00:04,500 --> 00:00:06,000\r\n- Every year?\r\n- Yes &amp; always.\r\n\r\n"
            + "3\r\n00:00:59,000 --> 00:01:03,000\r\nThen feed\r\n\r\n4\r\n00:01:04,000 --> 00:01:05,000\r\nthem.\r\n\r\n5\r\n01:02:03,000 --> 01:02:05,000\r\nIf a < b, water.\r\n";
        var document = Read("a.srt", content);
        Assert.Equal("00:00:01\n\nPrune roses in early spring.\n- Every year?\n- Yes & always. Then feed them.\n\n01:02:03\n\nIf a < b, water.", document.Text);
        Assert.Equal(["00:00:01", "01:02:03"], document.Sections.Select(section => section.Heading));
    }

    [Fact]
    public void WebVtt_SpeakersStayAndMarksGo()
    {
        const string content = "\uFEFFWEBVTT - Talk\nKind: captions\n\nSTYLE\n::cue { color: lime }\n\nNOTE\nA remark\n\nintro\n00:01.000 --> 00:04.000 align:start position:0%\n<v.loud Ann Lee>Hello, <c.yellow>everybody</c>.\n\n"
            + "00:04.000 --> 00:05.000\n<v Ann Lee>Welcome.</v>\n\nNOTE another\n\n00:05.000 --> 00:06.000\n<v Bob><ruby>漢<rt>kan</rt></ruby> &lt;b&gt; <00:05.500>now\n";
        Assert.Equal("00:00:01\n\nAnn Lee: Hello, everybody. Welcome.\nBob: 漢 <b> now", Read("a.vtt", content).Text);
        Assert.Equal("00:00:01\n\nHi.", Read("talk", "WEBVTT\n\n00:01.000 --> 00:02.000\nHi.\n", "text/vtt").Text);
    }

    /// <summary>Captions of speech that was recognised while it was spoken.</summary>
    [Fact]
    public void WebVtt_LinesThatRollUp_AreSaidOnce()
    {
        const string content = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n \nso<00:00:00.400><c> today</c>\n\n00:00:02.000 --> 00:00:02.010\nso today\n \n\n00:00:02.010 --> 00:00:04.000\nso today\nwe<00:00:02.400><c> prune</c>\n\n"
            + "00:00:04.000 --> 00:00:04.010\nwe prune\n \n\n00:00:04.010 --> 00:00:06.000\nwe prune\nroses\n";
        Assert.Equal("00:00:00\n\nso today we prune roses", Read("a.vtt", content).Text);
        Assert.Equal("00:00:01\n\nNo. No. Never.", Read("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nNo.\n\n2\n00:00:02,000 --> 00:00:03,000\nNo.\n\n3\n00:00:03,000 --> 00:00:04,000\nNever.\n").Text);
    }

    [Fact]
    public void SubRip_BlankLinesAndMissingOnes_LoseNothing() => Assert.Equal(
        "00:00:01\n\nOne two 3 Four",
        Read("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nOne\n\ntwo\n\n2\n00:00:02,000 --> 00:00:03,000\n3\n3\n00:00:03,000 --> 00:00:04,000\nFour\n").Text);

    [Fact]
    public void Passages_BeginAboutEachMinute_AtASentence()
    {
        var content = string.Concat(Enumerable.Range(0, 40).Select(i => $"{i + 1}\n00:{i * 5 / 60:00}:{i * 5 % 60:00},000 --> 00:{i * 5 / 60:00}:{i * 5 % 60:00},900\nPart {i}{(i % 5 == 4 ? "." : "")}\n\n"));
        Assert.Equal(["00:00:00", "00:01:15", "00:02:30"], Read("a.srt", content).Sections.Select(section => section.Heading));
        Assert.Equal(["00:00:00", "00:02:00"], Read("a.srt", content.Replace(".", "", StringComparison.Ordinal)).Sections.Select(section => section.Heading));
    }

    [Theory]
    [InlineData("a.srt", "Only text.")]
    [InlineData("a.vtt", "WEBVTT\n\nNOTE nothing\n")]
    public void File_WithoutTimes_SaysSo(string path, string content) => Assert.Contains("no line has times", Rejection(path, content), StringComparison.Ordinal);

    /// <summary>As programs for meetings write down who speaks.</summary>
    [Theory]
    [InlineData("1\n00:00:01,000 --> 00:00:02,000\nAnn Lee: Hello all.\n\n2\n00:00:02,000 --> 00:00:03,000\nAnn Lee: Let us start: now.\n\n3\n00:00:03,000 --> 00:00:04,000\nBob: Yes.\n\n4\n00:00:04,000 --> 00:00:05,000\nOf course.\n", "Ann Lee: Hello all. Let us start: now.\nBob: Yes. Of course.")]
    [InlineData("1\n00:00:01,000 --> 00:00:02,000\nOne thing: roses.\n\n2\n00:00:02,000 --> 00:00:03,000\nThey need sun.\n\n3\n00:00:03,000 --> 00:00:04,000\nAnd water.\n", "One thing: roses. They need sun. And water.")]
    public void Speakers_BeforeWhatTheySay_AreToldFromIt(string content, string text)
    {
        var document = Read("a.srt", content);
        Assert.Equal("00:00:01\n\n" + text, document.Text);
        Assert.Null(document.Title);
    }

    [Theory]
    [InlineData("a.sbv", "0:00:01.000,0:00:04.000\nHello there,\nmy friend.\n\n0:01:05.000,0:01:08.000\n3 of them.\n", "00:00:01\n\nHello there, my friend.\n\n00:01:05\n\n3 of them.")]
    [InlineData("a.ass", "[Script Info]\nTitle: x\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\nComment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,No text\nDialogue: 0,0:00:01.50,0:00:04.00,Default,Ann,0,0,0,,{\\an8}Hello,{\\i1} there{\\i0}\\Nmy\\hfriend\nDialogue: 0,1:00:05.00,1:00:08.00,Default,,0,0,0,,Bye, all.\n", "00:00:01\n\nAnn: Hello, there my friend\n\n01:00:05\n\nBye, all.")]
    [InlineData("a.ass", "[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,{a note}Said{\\b1} so{\\p1}m 0 0 l 9 9{\\p0} far\nDialogue: 0,0:00:03.00,0:00:04.00,D,,0,0,0,,{\\an5\\p2}m 1 1 l 2 2\n", "00:00:01\n\nSaid so far")]
    [InlineData("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Yes\nindeed.\n\n00:03.000 --> 00:04.000\nA door closes.\n", "00:00:01\n\nAnn: Yes indeed.\nA door closes.")]
    public void OtherFormats_AreSpeechToo(string path, string content, string text) => Assert.Equal(text, Read(path, content).Text);
}
