using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Documents.Encodings;
using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

public sealed class EncodingTests
{
    private const string German = "Gut über die Füße streichen. Größere Pflanzen mögen Wärme.";
    private const string Polish = "Paprocie lubią cień. Podlewaj je rzadko, gdy ziemia wyschnie. Róża potrzebuje słońca i świeżego powietrza.";
    private const string Russian = "Папоротники любят тень. Поливайте их раз в неделю, а розы чаще.";
    private const string Greek = "Οι φτέρες αγαπούν τη σκιά. Ποτίζετε μία φορά την εβδομάδα.";
    private const string Japanese = "シダは日陰を好みます。週に一度水をやってください。バラは日当たりを好みます。";
    private const string Chinese = "番茄需要支架。每周浇水一次，夏天要多浇水。蕨类植物喜欢阴凉的地方。";
    private const string Korean = "고사리는 그늘을 좋아합니다. 일주일에 한 번 물을 주세요.";

    [Theory]
    [InlineData(1252, German)]
    [InlineData(1250, Polish)]
    [InlineData(1251, Russian)]
    [InlineData(20866, Russian)]
    [InlineData(1253, Greek)]
    [InlineData(932, Japanese)]
    [InlineData(51932, Japanese)]
    [InlineData(54936, Chinese)]
    [InlineData(51949, Korean)]
    public void CodePage_Undeclared_IsFound(int page, string text) =>
        Assert.Equal(text, Read("a.txt", CodePagesEncodingProvider.Instance.GetEncoding(page)!.GetBytes(text)).Text);

    /// <summary>Short ones too, and those whose only letters beyond ASCII are signs.</summary>
    [Theory]
    [InlineData(1252, "El niño comió jamón en la mañana; ¿cuándo volverá? La compañía está aquí.")]
    [InlineData(1252, "L'été dernier, nous avons mangé des crêpes à la crème près de l'hôtel.")]
    [InlineData(1252, "A informação não está disponível. São Paulo é a maior cidade.")]
    [InlineData(1252, "Rødgrød med fløde på en ø. Æbler, blåbær og øl.")]
    [InlineData(1252, "Straße, façade, Köln")]
    [InlineData(1252, "José García, María Peña, Núñez")]
    [InlineData(1252, "ÉCOLE MATERNELLE ÉTÉ")]
    [InlineData(1252, "Name;Größe\nMüller;5,4\nSchön;6")]
    [InlineData(1252, "The company’s “best” offer – 50 € – is open until May… naïve café.")]
    [InlineData(1252, "It’s only an apostrophe in a long English text, nothing else at all to see here.")]
    [InlineData(1252, "Price: £40, temperature 20°C, ½ cup, © 2024")]
    [InlineData(1252, "don’t")]
    [InlineData(1252, "Niño")]
    [InlineData(1252, "5 °C")]
    [InlineData(1252, "£40")]
    [InlineData(1252, "Preis: 40 €")]
    [InlineData(1252, "§ 5 Abs. 2")]
    [InlineData(1252, "±5 µm")]
    [InlineData(1252, "x² + y²")]
    [InlineData(1252, "© 2024")]
    [InlineData(1250, "Příliš žluťoučký kůň úpěl ďábelské ódy. Děkujeme, že jste přišli včas.")]
    [InlineData(28592, "Příliš žluťoučký kůň úpěl ďábelské ódy. Děkujeme, že jste přišli včas.")]
    [InlineData(1250, "Árvíztűrő tükörfúrógép. A szervezet közgyűlést tart ősszel.")]
    [InlineData(1250, "Šuma je puna ptica; čovjek će doći sutra ujutro. Žena i dječak čekaju pred kućom.")]
    [InlineData(1250, "Această şcoală este în oraşul Bucureşti. Câţi ani ai? Înţeleg că eşti obosit.")]
    [InlineData(1254, "Türkiye'nin başkenti Ankara'dır. İstanbul güzel bir şehir; çocuklar okula gidiyor.")]
    [InlineData(1257, "Lietuvos sostinė yra Vilnius. Žmonės čia kalba lietuviškai; ąžuolas auga prie upės.")]
    [InlineData(28595, Russian)]
    [InlineData(866, Russian)]
    [InlineData(1251, "Цена: 100 руб.")]
    [InlineData(21866, "Київ є столицею України. Ця книга дуже цікава, її читають діти.")]
    [InlineData(28597, Greek)]
    [InlineData(1255, "ירושלים היא בירת ישראל. מסמך זה נכתב בעברית לפני זמן רב.")]
    [InlineData(1256, "القاهرة هي عاصمة مصر. كتبت هذه الوثيقة باللغة العربية منذ زمن طويل.")]
    [InlineData(28596, "القاهرة هي عاصمة مصر. كتبت هذه الوثيقة باللغة العربية منذ زمن طويل.")]
    [InlineData(874, "กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทย")]
    [InlineData(51932, "東京都千代田区霞が関")]
    [InlineData(932, "東京タワー")]
    [InlineData(936, "这是一份中文文件。北京是中国的首都。水泵需要每月检查一次。")]
    [InlineData(936, "公司章程规定,董事会每季度召开一次会议,讨论经营情况。")]
    [InlineData(936, "水泵检查")]
    [InlineData(936, "你好，世界")]
    [InlineData(950, "公司章程規定，董事會每季度召開一次會議。")]
    [InlineData(949, "펌프 점검")]
    [InlineData(850, "Le café est fermé; l'été dernier. Größe fünf.")]
    public void CodePage_OfEachLanguage_IsFound(int page, string text) =>
        Assert.Equal(text, TextDecoder.Decode(CodePagesEncodingProvider.Instance.GetEncoding(page)!.GetBytes(text)));

    [Theory]
    [InlineData(1252, German)]
    [InlineData(1251, Russian)]
    [InlineData(936, Chinese)]
    [InlineData(932, Japanese)]
    public void CodePage_OfALongText_IsFound_WhereverItsLettersBeginAndASampleEnds(int page, string text)
    {
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding(page)!;
        foreach (var lead in (int[])[0, 1, 70_000])
        {
            var whole = new string('a', lead) + "\n" + string.Concat(Enumerable.Repeat(text + "\n", 2000));
            Assert.Equal(whole, TextDecoder.Decode(encoding.GetBytes(whole)));
        }
    }

    [Theory]
    [InlineData(German)]
    [InlineData(Russian)]
    [InlineData(Japanese)]
    [InlineData(Chinese)]
    [InlineData("Plain words\nand lines.")]
    public void Utf16_WithAndWithoutMark_IsFound(string text)
    {
        foreach (var encoding in (Encoding[])[new UnicodeEncoding(false, true), new UnicodeEncoding(true, true), new UTF32Encoding(false, true), new UTF32Encoding(true, true)])
            Assert.Equal(text, Read("a.txt", [.. encoding.GetPreamble(), .. encoding.GetBytes(text)]).Text);
        Assert.Equal(text, Read("a.txt", Encoding.Unicode.GetBytes(text + "\n")).Text[..^1]);
        Assert.Equal(text, Read("a.txt", Encoding.BigEndianUnicode.GetBytes(text + "\n")).Text[..^1]);
    }

    [Theory]
    [InlineData("<meta charset=windows-1251>")]
    [InlineData("<meta http-equiv='Content-Type' content='text/html; charset=windows-1251'>")]
    [InlineData("<?xml version='1.0' encoding='windows-1251'?>")]
    public void Html_Declared_IsBelieved(string declaration) =>
        Assert.Equal("Тень", Read("a.html", CodePagesEncodingProvider.Instance.GetEncoding(1251)!.GetBytes($"{declaration}<p>Тень</p>")).Text);

    [Fact]
    public void Html_DeclaredByItsMediaType_IsBelieved() =>
        Assert.Equal("é", Read("a.html", [.. "<p>"u8, 0xE9, .. "</p>"u8], "text/html; charset=\"ISO-8859-1\"").Text);

    [Fact]
    public void Declared_Wrongly_IsNotBelieved() => Assert.Equal("ä", Read("a.html", "<meta charset=shift_jis><p>ä"u8.ToArray(), "text/html; charset=no-such").Text);

    [Theory]
    [InlineData("2024-01-01 10:00:00 ERROR \u001b[31mfailed\u001b[0m to open\n", "2024-01-01 10:00:00 ERROR failed to open\n")]
    [InlineData("\u001b]0;title\u0007Plain \u001b[1;32mgreen\u001b[m, a bell\u0007 and a b\bell", "Plain green, a bell\u0007 and a b\bell")]
    [InlineData("grün \u001b[38;5;12mblau\u001b[0m 1", "grün blau 1")]
    [InlineData("\u001b[2K\u001b[1Gdone\u001b(B\u001b[m \u001b7ok\u001b8", "done ok")]
    [InlineData("N\bNA\bAM\bM\bME\bE\n_\bi_\bt x\b_ \b", "NAME\nit x \b")]
    public void Logs_WithTheColorsOfTerminals_AreText(string log, string text) => Assert.Equal(text, TextDecoder.Decode(Encoding.UTF8.GetBytes(log)));

    /// <summary>ISO-2022-JP, declared or not; escapes of a terminal are none of it.</summary>
    [Fact]
    public void Japanese_OfSevenBits_IsFound()
    {
        var shifted = CodePagesEncodingProvider.Instance.GetEncoding(50220)!;
        Assert.Equal(Japanese + " Fern.\n", Read("a.txt", shifted.GetBytes(Japanese + " Fern.\n")).Text);
        Assert.Equal(Japanese, Read("a.html", shifted.GetBytes($"<html><head><meta charset=\"iso-2022-jp\"></head><body><p>{Japanese}</p></body></html>")).Text);
        Assert.Equal("red $Blue", Read("a.txt", "\u001b[31mred\u001b[0m $Blue").Text);
    }

    /// <summary>What DOS ends a file with, what printers strike over, shifts of terminals: no letters of two bytes.</summary>
    [Theory]
    [InlineData("text of dos\r\n\u001a\u001a\u001a\u001a\u001a", "text of dos\n")]
    [InlineData("b\bbo\bo", "bo")]
    public void Controls_InText_MakeNoUtf16OfIt(string text, string read) => Assert.Equal(read, TextDecoder.Decode(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Controls_InTextOfACodePage_MakeNoUtf16OfIt() =>
        Assert.Equal("The file is not text: it holds control characters.", Rejection("a.txt", Encoding.Latin1.GetBytes("\u000e\u000f\u00e9t\u00e9 avec des mots fran\u00e7ais")));

    [Fact]
    public void Utf8_WithOneBrokenByte_StaysUtf8() =>
        Assert.Equal(string.Concat(Enumerable.Repeat("für", 50)) + "\uFFFDb", Read("a.txt", [.. Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("für", 50))), 0xFF, (byte)'b']).Text);

    /// <summary>Half a character of UTF-8 beside a bracket; a page that writes so is none.</summary>
    [Theory]
    [InlineData(new byte[] { 0xC3, 0x28, (byte)' ', (byte)'b', (byte)'a', (byte)'d' }, false)]
    [InlineData(new byte[] { (byte)'C', (byte)'a', (byte)'f', 0xE9, (byte)'(', (byte)'1', (byte)')' }, true)]
    [InlineData(new byte[] { 0xE0, (byte)' ', (byte)'l', (byte)'a', (byte)' ', (byte)'c', (byte)'a', (byte)'r', (byte)'t', (byte)'e' }, true)]
    [InlineData(new byte[] { (byte)'5', (byte)' ', 0x80, (byte)' ', (byte)'(', 0xA7, (byte)'3', (byte)')' }, true)]
    public void Bytes_ThatMakeNoWords_AreNoText(byte[] content, bool isText)
    {
        if (isText) Assert.NotEmpty(TextDecoder.Decode(content));
        else Assert.Equal("The file is not text: in no encoding do its bytes make words.", Assert.Throws<DocumentRejectedException>(() => TextDecoder.Decode(content)).Message);
    }

    /// <summary>As files have them after a machine has lost its power.</summary>
    [Fact]
    public void Nul_InText_IsNothing()
    {
        Assert.Equal("ä first\nlast", TextDecoder.Decode([.. "ä first\n"u8, 0, 0, 0, .. "last"u8]));
        // One stands in a character's place: without it the text would say something else.
        Assert.Equal("The file is not text: it holds a NUL at byte 1.", Rejection("a.txt", "K\0nigin"u8.ToArray()));
        Assert.Throws<DocumentRejectedException>(() => TextDecoder.Decode([.. "few"u8, 0, 0, 0, 0, 0, 0, 0]));
    }

    [Fact]
    public void Binary_IsRefusedWithItsPlace()
    {
        Assert.Equal("The file is not text: it holds a NUL at byte 2.", Rejection("a.txt", [(byte)'a', (byte)'b', 0, 1, 2]));
        Assert.Equal("The file is not text: it holds control characters.", Rejection("a.txt", [.. Enumerable.Range(1, 8).Select(value => (byte)value), 0xFF, 0xC0, 0x80]));
    }

    [Fact]
    public void Utf8_AnyText_ComesBackAsItIs() => Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyString>(), text =>
    {
        var clean = "x" + string.Concat(text.Get.EnumerateRunes().Where(rune => !Rune.IsControl(rune) && rune.Value is not (0x2028 or 0x2029 or 0xFEFF)));
        return Read("a.txt", Encoding.UTF8.GetBytes(clean)).Text == clean;
    }).QuickCheckThrowOnFailure();
}
