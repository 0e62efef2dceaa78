using System.Buffers.Binary;

namespace Serverless.GpuWorker.Tokenization;

/// <summary>
/// The character rules of a normaliser: a darts-clone double-array trie from UTF-8 keys to offsets of NUL-terminated
/// replacements. Layout of the blob: u32 size of the trie in bytes, the trie's u32 units, the replacements.
/// </summary>
internal sealed class CharacterRules
{
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    public CharacterRules(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < 8) throw new InvalidDataException("model.normalizer_spec: field precompiled_charsmap is shorter than its header.");
        var size = BinaryPrimitives.ReadUInt32LittleEndian(blob);
        if (size % 4 != 0 || size < 4 || size > blob.Length - 4)
            throw new InvalidDataException($"model.normalizer_spec: field precompiled_charsmap claims a trie of {size} bytes in {blob.Length - 4}.");
        _units = new uint[size / 4];
        for (var i = 0; i < _units.Length; i++) _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(blob[(4 + 4 * i)..]);
        _replacements = blob[(int)(4 + size)..].ToArray();
    }

    /// <summary>Finds the longest rule at the start of <paramref name="text"/>; its length in bytes, 0 when there is none.</summary>
    public int Match(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement)
    {
        var length = 0;
        var value = 0u;
        var node = Offset(_units[0]);
        for (var i = 0; i < text.Length; i++)
        {
            node ^= text[i];
            if (node >= (uint)_units.Length) break;
            var unit = _units[node];
            if ((unit & 0x800000ff) != text[i]) break;
            node ^= Offset(unit);
            if ((unit >> 8 & 1) == 0) continue;
            if (node >= (uint)_units.Length) break;
            length = i + 1;
            value = _units[node] & 0x7fffffff;
        }

        replacement = default;
        if (length == 0 || value >= (uint)_replacements.Length) return 0;
        var tail = _replacements.AsSpan((int)value);
        var end = tail.IndexOf((byte)0);
        replacement = end < 0 ? tail : tail[..end];
        return length;
    }

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 1u << 9) >> 6);
}
