using System.Buffers.Binary;
using System.Text;

namespace Serverless.GpuWorker.Model.Graphs;

/// <summary>
/// Walks the fields of one protobuf message (https://protobuf.dev/programming-guides/encoding). Every failure is an
/// <see cref="InvalidDataException"/> that names the message path and the byte offset within the file.
/// </summary>
internal ref struct ProtobufReader
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _file;
    private readonly string _path;
    private readonly int _end;
    private int _position;
    private int _fieldStart;
    private int _wireType;

    public ProtobufReader(ReadOnlySpan<byte> file, string path) : this(file, path, 0, file.Length)
    {
    }

    private ProtobufReader(ReadOnlySpan<byte> file, string path, int start, int end)
    {
        _file = file;
        _path = path;
        _position = start;
        _end = end;
    }

    /// <summary>Number of the field that <see cref="MoveNext"/> stands on.</summary>
    public int Field { get; private set; }

    /// <summary>Whether the field is text, bytes, a message or packed numbers.</summary>
    public readonly bool IsBytes => _wireType == 2;

    /// <summary>What has been read of the field, tag included: all of it, once it is read or passed over.</summary>
    public readonly ReadOnlySpan<byte> FieldBytes => _file[_fieldStart.._position];

    /// <summary>Byte offset within the file of what is read next.</summary>
    public readonly int Offset => _position;

    /// <summary>Moves to the next field; false at the end of the message.</summary>
    public bool MoveNext()
    {
        if (_position == _end) return false;
        _fieldStart = _position;
        var tag = Varint();
        if (tag >> 3 is 0 or > 0x1fffffff) throw Malformed("a field number is out of range");
        Field = (int)(tag >> 3);
        _wireType = (int)(tag & 7);
        return true;
    }

    public long ReadInteger(string name)
    {
        Expect(0, name);
        return (long)Varint();
    }

    /// <summary>Adds the numbers of a repeated field, packed or one by one.</summary>
    public void ReadIntegers(string name, List<long> numbers)
    {
        if (!IsBytes)
        {
            numbers.Add(ReadInteger(name));
            return;
        }

        for (var packed = ReadMessage(name); packed._position < packed._end;) numbers.Add((long)packed.Varint());
    }

    public bool ReadBoolean(string name) => ReadInteger(name) != 0;

    public float ReadFloat(string name)
    {
        Expect(5, name);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    public ReadOnlySpan<byte> ReadBytes(string name)
    {
        Expect(2, name);
        return Take(Length());
    }

    public string ReadString(string name)
    {
        var bytes = ReadBytes(name);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Malformed($"field {name} is not UTF-8");
        }
    }

    public ProtobufReader ReadMessage(string name)
    {
        Expect(2, name);
        var length = Length();
        var start = _position;
        Take(length);
        return new ProtobufReader(_file, $"{_path}.{name}", start, start + length);
    }

    /// <summary>Passes over a field that the caller has no use for.</summary>
    public void Skip()
    {
        switch (_wireType)
        {
            case 0: Varint(); break;
            case 1: Take(8); break;
            case 2: Take(Length()); break;
            case 5: Take(4); break;
            default: throw Malformed($"field {Field} has wire type {_wireType}, permitted are 0, 1, 2 and 5");
        }
    }

    public readonly InvalidDataException Malformed(string problem) => new($"{_path}, byte {_position}: {problem}.");

    private readonly void Expect(int wireType, string name)
    {
        if (_wireType != wireType) throw Malformed($"field {name} has wire type {_wireType}, expected {wireType}");
    }

    private int Length()
    {
        var length = Varint();
        if (length > (ulong)(_end - _position)) throw Malformed($"field {Field} claims {length} bytes, {_end - _position} are left");
        return (int)length;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _end - _position) throw Malformed($"field {Field} needs {count} bytes, {_end - _position} are left");
        var bytes = _file.Slice(_position, count);
        _position += count;
        return bytes;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (_position == _end) throw Malformed("the message ends inside a number");
            var next = _file[_position++];
            value |= shift < 64 ? (ulong)(next & 0x7f) << shift : 0;
            if (next < 0x80) return value;
        }

        throw Malformed("a number is longer than ten bytes");
    }
}
