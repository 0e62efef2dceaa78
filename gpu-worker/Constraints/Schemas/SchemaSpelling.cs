namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>Tells a misspelt name from one of the author's own: what was meant to hold is not passed over.</summary>
internal static class SchemaSpelling
{
    // Of shorter names too many others are one letter away.
    private const int LeastToCompare = 5;

    /// <summary>
    /// Whether a name may be meant for another: but for case, hyphens and underscores within it the same, or one letter more, less, other, or two exchanged. What begins with an underscore or
    /// another sign is put out of use on purpose.
    /// </summary>
    public static bool IsLike(string name, string known)
    {
        if (name.Length == 0 || !(char.IsAsciiLetter(name[0]) || name[0] == '$') || Math.Abs(name.Length - known.Length) > known.Length)
            return false;

        string a = Plain(name), b = Plain(known);
        return a == b || (b.Length >= LeastToCompare && (IsOneLetterAway(a, b) || IsExchanged(a, b)));
    }

    private static string Plain(string name) => string.Concat(name.Where(c => c is not ('-' or '_' or ' '))).ToLowerInvariant();

    private static bool IsOneLetterAway(string a, string b)
    {
        if (a.Length < b.Length)
            (a, b) = (b, a);
        if (a.Length - b.Length > 1)
            return false;

        int same = a.AsSpan().CommonPrefixLength(b);
        return same == b.Length || a.AsSpan(same + 1).SequenceEqual(b.AsSpan(a.Length == b.Length ? same + 1 : same));
    }

    private static bool IsExchanged(string a, string b)
    {
        int same = a.AsSpan().CommonPrefixLength(b);
        return a.Length == b.Length && same + 1 < a.Length && a[same] == b[same + 1] && a[same + 1] == b[same] && a.AsSpan(same + 2).SequenceEqual(b.AsSpan(same + 2));
    }
}
