namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>
/// The <c>anyOf</c> and <c>oneOf</c> lists from which an alternative has been taken: what stands beside such a list holds for each of its
/// alternatives, so a schema is read as all of its other keywords with one alternative, for each of them.
/// </summary>
internal sealed class SchemaChoices
{
    public static readonly SchemaChoices None = new([], [], []);

    private readonly int[] _lists, _owners, _alternatives;

    private SchemaChoices(int[] lists, int[] owners, int[] alternatives) => (_lists, _owners, _alternatives) = (lists, owners, alternatives);

    /// <summary>Where the schemas are that hold the lists.</summary>
    public IReadOnlyList<int> Owners => _owners;

    /// <summary>The schemas that hold the lists, each with the alternative that is taken.</summary>
    public IEnumerable<(int Owner, int Alternative)> Taken => _owners.Zip(_alternatives);

    /// <summary>The same for the same lists.</summary>
    public string Key => string.Join(',', _lists.Order());

    public SchemaChoices With(int list, int owner, int alternative) => new([.. _lists, list], [.. _owners, owner], [.. _alternatives, alternative]);

    public bool Contains(int list) => Array.IndexOf(_lists, list) >= 0;

    /// <summary>Whether a keyword holds alternatives.</summary>
    public static bool IsList(string keyword) => keyword is "anyOf" or "oneOf";
}
