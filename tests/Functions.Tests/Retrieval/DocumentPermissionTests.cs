using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Clients;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Retrieval.Ranking;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Retrieval;

/// <summary>What a caller may not see makes no difference to what the caller gets: compared with an index that never held it.</summary>
[Collection(AzureCollection.Name)]
public sealed class DocumentPermissionTests(AzureServices azure) : IAsyncLifetime
{
    private static readonly string[] Names = ["staff", "it's", "a' or 'a' eq 'a", "leads", "ann", "bob"];

    private static readonly Gen<string[]> SomeNames = Gen.Choose(0, 3).SelectMany(count => Gen.Elements(Names).ListOf(count)).Select(names => names.Distinct().ToArray());

    private static readonly Arbitrary<(IndexedChunk[] Chunks, Caller Caller, string Question)> Cases = (
        from count in Gen.Choose(1, 14)
        from words in Gen.Elements("fig", "leaf", "rose", "E-17", "water", "sun", "the").ListOf(count * 4)
        from groups in SomeNames.ListOf(count)
        from users in SomeNames.ListOf(count)
        from mine in SomeNames
        from id in Gen.Elements(Names)
        from question in Gen.Elements("fig leaf", "E-17", "the water of the rose", "quincunx")
        select (
            Enumerable.Range(0, count).Select(i => ChunkOfTest.Create(i, string.Join(' ', words.Skip(i * 4).Take(4)), groups[i], users[i])).ToArray(),
            new Caller(id, mine, IsOperator: false),
            question)).ToArbitrary();

    private readonly IngestionHarness _app = new(azure);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public void Search_AnyDocumentsGroupsAndQuestion_IsAsIfTheForbiddenWereNotThere() =>
        Prop.ForAll(Cases, given => HoldsAsync(given.Chunks, given.Caller, given.Question).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(25));

    private static bool Permits(IndexedChunk chunk, Caller caller) => new DocumentAccess(chunk.Groups, chunk.Users).Permits(caller);

    private async Task<bool> HoldsAsync(IndexedChunk[] chunks, Caller caller, string question)
    {
        var permitted = chunks.Where(chunk => Permits(chunk, caller)).ToList();
        var (full, bare) = (await ChunkOfTest.IndexAsync(_app, chunks), await ChunkOfTest.IndexAsync(_app, permitted));
        var (found, expected) = (await FindAsync(full, caller, question), await FindAsync(bare, caller, question));
        return found.Nearest.SequenceEqual(expected.Nearest) && found.Both.SequenceEqual(expected.Both) && found.Words.SetEquals(expected.Words)
            && found.Nearest.Count == permitted.Count && found.Nearest.All(item => permitted.Exists(chunk => chunk.Id == item.Id));
    }

    private async Task<(List<(string Id, double Score)> Nearest, List<(string Id, double Score)> Both, HashSet<string> Words)> FindAsync(string index, Caller caller, string question)
    {
        var search = _app.Get<ChunkSearch>();
        var vector = (await _app.Gateway.EmbedAsync("e", [question], Serverless.Functions.Dispatch.EmbeddingPurpose.Query, caller, default)).Vectors[0];
        var nearest = await search.ByVectorAsync(index, vector, ChunkOfTest.Collection, caller, 50, default);
        var words = await search.ByWordsAsync(index, question, ChunkOfTest.Collection, caller, 50, default);
        return (
            [.. nearest.Select(chunk => (chunk.Id, Math.Round(chunk.Score, 9))).OrderByDescending(item => item.Item2).ThenBy(item => item.Id, StringComparer.Ordinal)],
            [.. HybridRanking.Fuse(question, nearest, words).Select(chunk => (chunk.Id, Math.Round(chunk.Score, 9))).OrderByDescending(item => item.Item2).ThenBy(item => item.Id, StringComparer.Ordinal)],
            words.Select(chunk => chunk.Id).ToHashSet());
    }
}
