namespace Serverless.Functions.Ingestion.State;

/// <summary>
/// Which chunks of a document the index holds. The service shows what it was told only after a while, so what is to be dropped or kept
/// is read here and never from a search.
/// </summary>
/// <param name="Index">The index they are in.</param>
/// <param name="Certain">Ids that were written and acknowledged, vector included.</param>
/// <param name="Possible">Ids that a pass set out to write, in any index; they may be there.</param>
/// <param name="Model">The model that made their vectors; null in manifests of earlier versions, which take any model for it.</param>
/// <param name="Pass">The pass that set out to write the possible ids and, once it is the indexed one, has written them; null where there are others among them.</param>
public sealed record DocumentManifest(string? Index, IReadOnlyList<string> Certain, IReadOnlyList<IndexedId> Possible, string? Model = null, string? Pass = null)
{
    public static DocumentManifest Empty { get; } = new(null, [], []);

    /// <summary>What a pass of these settings need not embed again.</summary>
    /// <param name="indexed">The pass whose chunks are known to be in the index, all of them and no others.</param>
    public HashSet<string> Held(string index, string? model, string? indexed)
    {
        if (Index != index || (Model is not null && Model != model)) return new HashSet<string>(StringComparer.Ordinal);
        var written = Pass is not null && Pass == indexed ? Possible.Where(item => item.Index == index).Select(item => item.Id) : [];
        return Certain.Concat(written).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Every id that may be in an index.</summary>
    public IEnumerable<IndexedId> All => Index is null ? Possible : Certain.Select(id => new IndexedId(Index, id)).Concat(Possible).Distinct();
}
