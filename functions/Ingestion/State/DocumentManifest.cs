namespace Serverless.Functions.Ingestion.State;

/// <summary>
/// Which chunks of a document the index holds. The service shows what it was told only after a while, so what is to be dropped or kept
/// is read here and never from a search.
/// </summary>
/// <param name="Index">The index they are in.</param>
/// <param name="Certain">Ids that were written and acknowledged, vector included.</param>
/// <param name="Possible">Ids that a pass set out to write, in any index; they may be there.</param>
public sealed record DocumentManifest(string? Index, IReadOnlyList<string> Certain, IReadOnlyList<IndexedId> Possible)
{
    public static DocumentManifest Empty { get; } = new(null, [], []);

    /// <summary>Every id that may be in an index.</summary>
    public IEnumerable<IndexedId> All => Index is null ? Possible : Certain.Select(id => new IndexedId(Index, id)).Concat(Possible).Distinct();
}
