namespace Serverless.GpuWorker.Model;

/// <summary>Reads protobuf's wire format (https://protobuf.dev/programming-guides/encoding) field by field, from bytes that nobody vouches for.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int Varint = 0, Fixed64 = 1, LengthDelimited = 2, Fixed32 = 5;
    private const int MostVarintBytes = 10;

    private readonly ReadOnlySpan<byte> _message = message;
    private int _at;

    /// <summary>The field's number.</summary>
    public int Field { get; private set; }

    /// <summary>Its value where it is a whole number.</summary>
    public long Number { get; private set; }

    /// <summary>Its value where it is text, bytes, a message, packed numbers, or a number of fixed width; empty where it is a whole number.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The whole field, tag included: what a copy takes.</summary>
    public ReadOnlySpan<byte> Raw { get; private set; }

    /// <summary>Where <see cref="Value"/> begins in the message.</summary>
    public int ValueStart => _at - Value.Length;

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="InvalidDataException">What is there is no field.</exception>
    public bool Next()
    {
        if (_at == _message.Length) return false;
        var start = _at;
        var tag = ReadVarint();
        if (tag >> 3 is 0 or > int.MaxValue) throw new InvalidDataException("A protobuf field has no number.");
        Field = (int)(tag >> 3);
        Number = 0;
        Value = default;
        switch ((int)(tag & 7))
        {
            case Varint:
                Number = (long)ReadVarint();
                break;
            case Fixed64:
                Value = Take(sizeof(long));
                break;
            case LengthDelimited:
                Value = Take(ReadVarint());
                break;
            case Fixed32:
                Value = Take(sizeof(int));
                break;
            default:
                throw new InvalidDataException("A protobuf field is of no known kind.");
        }

        Raw = _message[start.._at];
        return true;
    }

    /// <summary>The next of packed whole numbers.</summary>
    /// <exception cref="InvalidDataException">They are cut off.</exception>
    public static long TakeVarint(ref ReadOnlySpan<byte> packed)
    {
        var reader = new ProtobufReader(packed);
        var number = (long)reader.ReadVarint();
        packed = packed[reader._at..];
        return number;
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (var i = 0; i < MostVarintBytes && _at < _message.Length; i++)
        {
            var part = _message[_at++];
            value |= (ulong)(part & 0x7F) << (7 * i);
            if (part < 0x80) return value;
        }

        throw new InvalidDataException("A protobuf number is cut off.");
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)(_message.Length - _at)) throw new InvalidDataException("A protobuf field is longer than its message.");
        var value = _message.Slice(_at, (int)length);
        _at += (int)length;
        return value;
    }
}
