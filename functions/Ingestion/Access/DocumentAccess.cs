using Serverless.Functions.Clients;

namespace Serverless.Functions.Ingestion.Access;

/// <summary>Who may see a document, beyond who may see its collection: members of some groups and some users. Both empty: whoever may see the collection.</summary>
/// <param name="Groups">In order, each once.</param>
/// <param name="Users">Clients' ids, in order, each once.</param>
public sealed record DocumentAccess(IReadOnlyList<string> Groups, IReadOnlyList<string> Users)
{
    /// <summary>Names of either kind that one document may have; a status's metadata holds 8 KB.</summary>
    public const int MaxNames = 64;

    /// <summary>Characters of all names together, percent-encoded as blob metadata holds them.</summary>
    public const int MaxChars = 2500;

    public const int MaxName = 128;

    public static DocumentAccess Everyone { get; } = new([], []);

    /// <summary>The same names in any order and number make the same access.</summary>
    /// <returns>The access, or why there can be none such.</returns>
    public static (DocumentAccess? Access, string? WhyNot) Of(IEnumerable<string> groups, IEnumerable<string> users)
    {
        var access = new DocumentAccess([.. groups.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)], [.. users.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
        var names = access.Groups.Concat(access.Users).ToList();
        if (names.Count > MaxNames) return (null, $"it names more than {MaxNames} groups and users");
        if (names.Any(name => name.Length is 0 or > MaxName || name.Any(char.IsControl)))
            return (null, $"a name must have 1 to {MaxName} characters, none of them a control character");
        return names.Sum(name => Uri.EscapeDataString(name).Length + 1) > MaxChars ? (null, $"its names have more than {MaxChars} characters together") : (access, null);
    }

    /// <summary>Operators and members of <c>*</c> see everything.</summary>
    public bool Permits(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return (Groups.Count == 0 && Users.Count == 0) || caller.IsOperator || caller.Groups.Contains("*")
            || Groups.Intersect(caller.Groups, StringComparer.Ordinal).Any() || Users.Contains(caller.ClientId, StringComparer.Ordinal);
    }

    public bool Equals(DocumentAccess? other) => other is not null && Groups.SequenceEqual(other.Groups, StringComparer.Ordinal) && Users.SequenceEqual(other.Users, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(Groups.Count, Users.Count);

    /// <summary>Names are nobody's business in a log.</summary>
    public override string ToString() => $"[{Groups.Count} groups, {Users.Count} users]";
}
