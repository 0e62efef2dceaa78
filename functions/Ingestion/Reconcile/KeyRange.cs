using System.Globalization;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>
/// A stretch of an index's keys. They begin with a SHA-256 in hexadecimal, so equal stretches of it hold about equally many documents; a search cannot page
/// through an index without an order, but it can filter by such bounds.
/// </summary>
/// <param name="From">The first four digits of the first key, 0..65,535.</param>
/// <param name="Length">How many of those prefixes.</param>
public sealed record KeyRange(int From, int Length)
{
    /// <summary>How many prefixes of four digits there are.</summary>
    public const int Prefixes = 65_536;

    public static KeyRange First { get; } = new(0, Prefixes / 16);

    /// <summary>The least key within.</summary>
    public string Least => From.ToString("x4", CultureInfo.InvariantCulture);

    /// <summary>The least key beyond; '~' is after every key.</summary>
    public string Beyond => From + Length >= Prefixes ? "~" : (From + Length).ToString("x4", CultureInfo.InvariantCulture);

    /// <summary>Whether it can be made smaller.</summary>
    public bool IsDivisible => Length > 1;

    public KeyRange Half() => this with { Length = Math.Max(1, Length / 2) };

    /// <summary>What follows; null at the end.</summary>
    /// <param name="sparse">Whether this one held so little that the next may be twice as long.</param>
    public KeyRange? Next(bool sparse)
    {
        var from = From + Length;
        return from >= Prefixes ? null : new KeyRange(from, Math.Min(sparse ? Length * 2 : Length, Prefixes - from));
    }
}
