using System.Buffers.Binary;

namespace Serverless.Documents.Office97;

/// <summary>Goes through changes of a format, one after the other ([MS-DOC], section 2.2.5.1): what cannot be told apart any more ends them.</summary>
internal ref struct WordModifiers(ReadOnlySpan<byte> bytes)
{
    public const int TableDefinition = 0xD608;
    private const int Tabs = 0xC615;

    private ReadOnlySpan<byte> _rest = bytes;

    public int Code { get; private set; }

    public ReadOnlySpan<byte> Operand { get; private set; }

    /// <summary>The operand as a number of one, two or four bytes.</summary>
    public readonly int Value => Operand.Length switch
    {
        1 => Operand[0],
        2 or 3 => BinaryPrimitives.ReadUInt16LittleEndian(Operand),
        4 => BinaryPrimitives.ReadInt32LittleEndian(Operand),
        _ => 0,
    };

    /// <summary>Of a property that is on or off: whether it is on, which may hang on the style's own.</summary>
    public readonly bool IsOn(bool ofStyle) => Value switch
    {
        0 => false,
        128 => ofStyle,
        129 => !ofStyle,
        _ => true,
    };

    public bool Next()
    {
        if (_rest.Length < 3) return false;
        Code = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        var (skip, length) = (Code >> 13) switch
        {
            0 or 1 => (2, 1),
            2 or 4 or 5 => (2, 2),
            3 => (2, 4),
            7 => (2, 3),
            // Two lengths are told in ways of their own (section 2.9.183 and .317).
            _ when Code == TableDefinition => (4, _rest.Length < 4 ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]) - 1),
            _ when Code == Tabs && _rest[2] == 255 => (3, _rest.Length - 3),
            _ => (3, _rest[2]),
        };
        if (length < 0 || _rest.Length < skip + length) return false;
        Operand = _rest.Slice(skip, length);
        _rest = _rest[(skip + length)..];
        return true;
    }
}
