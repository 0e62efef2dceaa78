using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Ingestion.Readers;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion.Chunking;

public sealed class ChunkerTests
{
    // Tokens of four characters: a long word has many.
    private static readonly TokenCounter QuarterTokens = (texts, _) => Task.FromResult<IReadOnlyList<int>>([.. texts.Select(text => (text.Length + 3) / 4)]);
    private static readonly TokenCounter WordTokens = (texts, _) => Task.FromResult<IReadOnlyList<int>>([.. texts.Select(LexicalGateway.Words)]);

    private static readonly Gen<string> Fragment = Gen.Elements(
        "word", "Another", "e.g.", "Dr.", "4.5", "end.", "really?", "yes!", "日本語です。", "🐢", "🐢🌵🪴", "- item", "a | b", "1.", "\n", "\n\n", "\n\n\n", " ", "\t",
        new string('x', 90), string.Concat(Enumerable.Repeat("🌵", 40)), "(see p. 4)", "\"Quoted.\"");

    private static readonly Arbitrary<(ExtractedDocument Document, ChunkingSettings Settings)> Documents = (
        from fragments in Fragment.ListOf()
        from maxTokens in Gen.Choose(4, 40)
        from overlap in Gen.Choose(0, 20)
        from cut in Gen.Choose(0, 100)
        let text = string.Join(' ', fragments)
        let middle = SafeCut(text, text.Length * cut / 100)
        let sections = new[] { new Section("First", 0, middle), new Section("Second", middle, text.Length, 2) }
        select (new ExtractedDocument(text, sections), new ChunkingSettings(maxTokens, Math.Min(overlap, maxTokens / 2)))).ToArbitrary();

    [Fact]
    public void Chunk_AnyText_CoversEveryCharacterThatIsNotBlank() => Check((document, _, chunks) =>
    {
        var covered = new bool[document.Text.Length];
        foreach (var chunk in chunks) covered.AsSpan(chunk.Start, chunk.End - chunk.Start).Fill(true);
        return Enumerable.Range(0, covered.Length).All(i => covered[i] || char.IsWhiteSpace(document.Text[i]));
    });

    [Fact]
    public void Chunk_AnyText_HasExactOffsetsAndOrder() => Check((document, _, chunks) =>
        chunks.Select((chunk, i) => chunk.Ordinal == i && chunk.Text == document.Text[chunk.Start..chunk.End] && (i == 0 || (chunks[i - 1].Start <= chunk.Start && chunks[i - 1].End < chunk.End))).All(fine => fine));

    [Fact]
    public void Chunk_AnyText_KeepsToItsBudget() => Check((_, settings, chunks) =>
        chunks.All(chunk => chunk.Tokens <= settings.MaxTokens && chunk.Tokens == (chunk.Text.Length + 3) / 4));

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
