using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Documents;
using Serverless.Documents.Tables;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion.Chunking;

public sealed class ChunkerTests
{
    // Tokens of four characters: a long word has many.
    private static readonly TokenCounter QuarterTokens = (texts, _) => Task.FromResult<IReadOnlyList<int>>([.. texts.Select(text => (text.Length + 3) / 4)]);
    private static readonly TokenCounter WordTokens = (texts, _) => Task.FromResult<IReadOnlyList<int>>([.. texts.Select(LexicalGateway.Words)]);

    private static readonly Gen<string> Fragment = Gen.Elements(
        "word", "Another", "每周浇水一次。", "「好。」", "ต้นไม้ต้องการน้ำ", "e\u0301\u0302\u0303", "👩‍🌾👨‍👩‍👧", "| a | b |", "    return x", "e.g.", "Dr.", "4.5", "end.", "really?", "yes!", "日本語です。", "🐢", "🐢🌵🪴", "- item", "a | b", "1.", "\n", "\n\n", "\n\n\n", " ", "\t",
        new string('x', 90), string.Concat(Enumerable.Repeat("🌵", 40)), "(see p. 4)", "\"Quoted.\"");

    private static readonly Arbitrary<(ExtractedDocument Document, ChunkingSettings Settings)> Documents = (
        from fragments in Fragment.ListOf()
        from maxTokens in Gen.Choose(4, 40)
        from overlap in Gen.Choose(0, 20)
        from cut in Gen.Choose(0, 100)
        let text = string.Join(' ', fragments)
        let middle = SafeCut(text, text.Length * cut / 100)
        from begin in Gen.Choose(0, 100)
        from finish in Gen.Choose(0, 100)
        from kind in Gen.Elements(TextBlockKind.Code, TextBlockKind.Table)
        from strategy in Gen.Elements(ChunkStrategy.Sentences, ChunkStrategy.Paragraphs, ChunkStrategy.Fixed)
        let sections = new[] { new Section("First", 0, middle), new Section("Second", middle, text.Length, 2) }
        let block = new TextBlock(kind, SafeCut(text, text.Length * Math.Min(begin, finish) / 100), SafeCut(text, text.Length * Math.Max(begin, finish) / 100))
        select (new ExtractedDocument(text, sections, block.End > block.Start ? [block] : null), new ChunkingSettings(maxTokens, Math.Min(overlap, maxTokens / 2), strategy))).ToArbitrary();

    [Fact]
    public void Chunk_AnyText_CoversEveryCharacterThatIsSeen() => Check((document, _, chunks) =>
    {
        var covered = new bool[document.Text.Length];
        foreach (var chunk in chunks) covered.AsSpan(chunk.Start, chunk.End - chunk.Start).Fill(true);
        return Enumerable.Range(0, covered.Length).All(i => covered[i] || !ExtractedDocument.HasSigns(document.Text[i].ToString()));
    });

    [Fact]
    public void Chunk_AnyText_HasExactOffsetsAndOrder() => Check((document, _, chunks) =>
        chunks.Select((chunk, i) => chunk.Ordinal == i && chunk.Text == document.Text[chunk.Start..chunk.End] && (i == 0 || (chunks[i - 1].Start <= chunk.Start && chunks[i - 1].End < chunk.End))).All(fine => fine));

    [Fact]
    public void Chunk_AnyText_KeepsToItsBudget() => Check((_, settings, chunks) =>
        chunks.All(chunk => chunk.Tokens <= settings.MaxTokens && chunk.Tokens == (chunk.Text.Length + 3) / 4 && Encoding.UTF8.GetByteCount(chunk.Text) <= settings.MaxBytes));

    [Fact]
    public void Chunk_CounterThatKnowsNoScript_KeepsToItsBytes() => Prop
        .ForAll(Documents, input => Chunk(input.Document, input.Settings, WordTokens).All(chunk => Encoding.UTF8.GetByteCount(chunk.Text) <= input.Settings.MaxBytes))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void Chunk_AnyText_NeverCutsASurrogatePair() => Check((_, _, chunks) =>
        chunks.All(chunk => !char.IsLowSurrogate(chunk.Text[0]) && !char.IsHighSurrogate(chunk.Text[^1])));

    [Fact]
    public void Chunk_AnyText_StaysWithinOneSection() => Check((document, _, chunks) =>
        chunks.All(chunk => document.Sections.Any(section => section.Heading == chunk.Heading && section.Page == chunk.Page && section.Start <= chunk.Start && chunk.End <= section.End)));

    [Fact]
    public void Chunk_TheSameText_GivesTheSameChunks() => Check((document, settings, chunks) =>
        Chunk(document, settings, QuarterTokens).SequenceEqual(chunks));

    [Fact]
    public void Chunk_Sentences_AreNotTorn()
    {
        var chunks = Chunk("One two three four. Five six seven eight. Nine ten.", new ChunkingSettings(9, 0), WordTokens);
        Assert.Equal(["One two three four. Five six seven eight.", "Nine ten."], chunks.Select(chunk => chunk.Text));
    }

    [Fact]
    public void Chunk_Abbreviations_EndNoSentence()
    {
        var chunks = Chunk("Feed it, e.g. Monthly, as Dr. Green says. Then wait.", new ChunkingSettings(8, 0), WordTokens);
        Assert.Equal(["Feed it, e.g. Monthly, as Dr. Green says.", "Then wait."], chunks.Select(chunk => chunk.Text));
    }

    [Fact]
    public void Chunk_Overlap_RepeatsWholeSentences()
    {
        var chunks = Chunk("Aa bb cc. Dd ee. Ff gg hh.", new ChunkingSettings(5, 2), WordTokens);
        Assert.Equal(["Aa bb cc. Dd ee.", "Dd ee. Ff gg hh."], chunks.Select(chunk => chunk.Text));
    }

    [Fact]
    public void Chunk_ParagraphThatFitsTheNext_IsNotTorn()
    {
        var chunks = Chunk("A b c d e f.\n\nG h i. J k l m n o.", new ChunkingSettings(10, 0), WordTokens);
        Assert.Equal(["A b c d e f.", "G h i. J k l m n o."], chunks.Select(chunk => chunk.Text));
    }

    [Fact]
    public void Chunk_CounterThatCountsMoreTogether_StillKeepsToTheBudget()
    {
        // One token more for each full stop that another sentence follows.
        TokenCounter count = (texts, _) => Task.FromResult<IReadOnlyList<int>>([.. texts.Select(text => LexicalGateway.Words(text) + (3 * (text.Split(". ").Length - 1)))]);
        var chunks = Chunk("A b. C d. E f. G h. I j.", new ChunkingSettings(8, 0), count);
        Assert.All(chunks, chunk => Assert.InRange(chunk.Tokens, 1, 8));
    }

    [Theory]
    [InlineData("番茄需要支架。每周浇水一次。", 40)]
    [InlineData("番茄需要支架每周浇水一次", 400)]
    [InlineData("ต้นไม้ต้องการน้ำทุกวัน", 300)]
    [InlineData("A", 50_000)]
    [InlineData("🐢", 5_000)]
    [InlineData("e\u0301", 5_000)]
    public void Chunk_TextWithoutSpaces_IsCutToItsSize(string unit, int times)
    {
        var settings = new ChunkingSettings(160, 0);
        var chunks = Chunk(string.Concat(Enumerable.Repeat(unit, times)), settings, WordTokens);
        Assert.InRange(chunks.Count, Encoding.UTF8.GetByteCount(unit) * times / settings.MaxBytes, 1 + (4 * Encoding.UTF8.GetByteCount(unit) * times / settings.MaxBytes));
        Assert.All(chunks, chunk => Assert.InRange(Encoding.UTF8.GetByteCount(chunk.Text), 1, settings.MaxBytes));
        Assert.All(chunks, chunk => Assert.False(char.GetUnicodeCategory(chunk.Text[0]) is System.Globalization.UnicodeCategory.NonSpacingMark || char.IsLowSurrogate(chunk.Text[0])));
    }

    /// <summary>Paragraphs that keep others apart on a page have nothing in them to be found by.</summary>
    [Theory]
    [InlineData("\u200B")]
    [InlineData("\u00AD \u200F")]
    public void Chunk_ParagraphsOfMarksThatNobodySees_AreNone(string nothing)
    {
        var chunks = Chunk($"One.\n\n{nothing}\n\nTwo.", new ChunkingSettings(100, 0, ChunkStrategy.Paragraphs), WordTokens);
        Assert.Equal([("One.", 0), ("Two.", 1)], chunks.Select(chunk => (chunk.Text, chunk.Ordinal)));
    }

    /// <summary>A recipe's list, a poem, a log: what no sentence parts is parted where its lines end.</summary>
    [Theory]
    [InlineData("Kitchen", "{0} cups of flour and a pinch")]
    [InlineData("Kitchen", "½ cup of sugar number {0}")]
    [InlineData("for the sauce:", "butter and salt, spoon {0}")]
    [InlineData("2026-11-29T20:00:00Z start", "2026-11-29T20:00:00Z line {0}")]
    [InlineData("清单", "第{0}行 面粉一杯")]
    public void Chunk_LinesWithoutStops_AreWhole(string head, string line)
    {
        var text = head + "\n" + string.Join('\n', Enumerable.Range(10, 60).Select(i => string.Format(System.Globalization.CultureInfo.InvariantCulture, line, i)));
        var chunks = Chunk(text, new ChunkingSettings(40, 0, ChunkStrategy.Sentences), QuarterTokens);
        Assert.True(chunks.Count > 3);
        Assert.All(chunks, chunk => Assert.True(
            (chunk.Start == 0 || text[chunk.Start - 1] == '\n') && (chunk.End == text.Length || text[chunk.End] == '\n'), chunk.Text));
        Assert.StartsWith(head + "\n", chunks[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Chunk_FullWidthStops_KeepTheirClosingQuotes()
    {
        var chunks = Chunk("他说：「好。」然后他走了。", new ChunkingSettings(6, 0), QuarterTokens);
        Assert.Equal("他说：「好。」", chunks[0].Text);
    }

    [Fact]
    public void Chunk_Table_IsCutBetweenRowsAndNamesItsHead()
    {
        var rows = Enumerable.Range(0, 30).Select(i => $"| Plant {i} | water daily. Then rest |");
        var table = "| Name | Care |\n| --- | --- |\n" + string.Join('\n', rows);
        var text = "Before.\n\n" + table + "\n\nAfter.";
        var chunks = Chunk(new ExtractedDocument(text, [new Section(null, 0, text.Length)], [new TextBlock(TextBlockKind.Table, 9, 9 + table.Length)]), new ChunkingSettings(40, 0), WordTokens);
        Assert.All(chunks, chunk => Assert.True(chunk.Text[0] is '|' or 'B' or 'A' && chunk.Text[^1] is '|' or '.'));
        Assert.Null(chunks[0].TableHead);
        Assert.All(chunks.Where(chunk => chunk.Text.StartsWith("| Plant", StringComparison.Ordinal)), chunk => Assert.Equal("| Name | Care |", chunk.TableHead));
        Assert.True(chunks.Count > 5);
    }

    [Fact]
    public void Chunk_Code_IsCutBetweenLinesAndKeepsIndentation()
    {
        var code = string.Concat(Enumerable.Range(0, 40).Select(i => $"    call_{i}(a, b). Next\n"));
        var chunks = Chunk(new ExtractedDocument(code, [new Section(null, 0, code.Length)], [new TextBlock(TextBlockKind.Code, 0, code.Length)]), new ChunkingSettings(16, 0), WordTokens);
        Assert.All(chunks, chunk => Assert.StartsWith("    call_", chunk.Text, StringComparison.Ordinal));
        Assert.All(chunks, chunk => Assert.EndsWith("Next", chunk.Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ChunkStrategy.Sentences, new[] { "A b c d e f.", "G h i. J k l m n o." })]
    [InlineData(ChunkStrategy.Paragraphs, new[] { "A b c d e f.", "G h i. J k l m n o." })]
    [InlineData(ChunkStrategy.Fixed, new[] { "A b c d e f.\n\nG h i.", "J k l m n o." })]
    public void Chunk_Strategy_DecidesWhereChunksEnd(ChunkStrategy strategy, string[] expected) =>
        Assert.Equal(expected, Chunk("A b c d e f.\n\nG h i. J k l m n o.", new ChunkingSettings(10, 0, strategy), WordTokens).Select(chunk => chunk.Text));

    [Fact]
    public void Chunk_Paragraphs_NeverShareAChunk() =>
        Assert.Equal(["One.", "Two.", "Three."], Chunk("One.\n\nTwo.\n\nThree.", new ChunkingSettings(100, 20, ChunkStrategy.Paragraphs), WordTokens).Select(chunk => chunk.Text));

    [Fact]
    public void Chunk_DesertOfBlankLines_IsNoPartOfAChunk()
    {
        var chunks = Chunk("One." + new string('\n', 100_000) + "Two.", new ChunkingSettings(16, 0), WordTokens);
        Assert.Equal(["One.", "Two."], chunks.Select(chunk => chunk.Text));
    }

    private static void Check(Func<ExtractedDocument, ChunkingSettings, IReadOnlyList<TextChunk>, bool> property) => Prop
        .ForAll(Documents, input => property(input.Document, input.Settings, Chunk(input.Document, input.Settings, QuarterTokens)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static IReadOnlyList<TextChunk> Chunk(string text, ChunkingSettings settings, TokenCounter count) =>
        Chunk(new ExtractedDocument(text, [new Section(null, 0, text.Length)]), settings, count);

    private static IReadOnlyList<TextChunk> Chunk(ExtractedDocument document, ChunkingSettings settings, TokenCounter count)
    {
        var chunking = Chunker.ChunkAsync(document, settings, count, CancellationToken.None);
        Assert.True(chunking.IsCompleted);
        return chunking.GetAwaiter().GetResult();
    }

    private static int SafeCut(string text, int at) => at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) ? at - 1 : at;
}
