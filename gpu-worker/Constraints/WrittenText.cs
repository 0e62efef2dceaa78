namespace Serverless.GpuWorker.Constraints;

/// <summary>A text that grows by a byte at a time and shares all but the last with what it grew from: the texts of all its beginnings take no more than the whole. Compared by value. Immutable.</summary>
internal sealed class WrittenText : IEquatable<WrittenText>
{
    /// <summary>Ends an item.</summary>
    public const char Border = '\n';

    public static readonly WrittenText Empty = new(null, '\0');

    private readonly WrittenText? _before;
    private readonly char _last;
    private readonly int _hash;
    private readonly int _length;

    private WrittenText(WrittenText? before, char last)
    {
        (_before, _last) = (before, last);
        _length = before is null ? 0 : before._length + 1;
        _hash = before is null ? 17 : unchecked(before._hash * 0x01000193 ^ last);
        Items = before is null ? 0 : before.Items + (last == Border ? 1 : 0);
    }

    /// <summary>How many items have ended.</summary>
    public int Items { get; }

    public WrittenText With(char next) => new(this, next);

    public bool Equals(WrittenText? other)
    {
        if (other is null || _length != other._length || _hash != other._hash)
            return false;

        var (mine, its) = (this, other);
        for (; mine != its; (mine, its) = (mine._before!, its._before!))
            if (mine._last != its._last)
                return false;

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as WrittenText);

    public override int GetHashCode() => _hash;

    public override string ToString() => string.Create(_length, this, static (text, written) =>
    {
        for (int i = text.Length - 1; i >= 0; i--, written = written._before!)
            text[i] = written._last;
    });
}
