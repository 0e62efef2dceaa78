using System.Buffers.Binary;

namespace Serverless.Documents.Office97;

/// <summary>Where the parts of a presentation stand, which each time that it was saved adds to ([MS-PPT], section 2.1.2).</summary>
internal sealed class PersistedObjects
{
    private const uint Encrypted = 0xF3D1C4DF;
    private const int EncryptedEditBytes = 32;

    private readonly Dictionary<int, uint> _places = [];
    private readonly ReadOnlyMemory<byte> _stream;

    /// <param name="current">The stream that says where the last edit stands.</param>
    /// <exception cref="InvalidDataException">It has no such parts.</exception>
    /// <exception cref="DocumentRejectedException">It is encrypted.</exception>
    public PersistedObjects(ReadOnlyMemory<byte> stream, ReadOnlyMemory<byte> current)
    {
        _stream = stream;
        var last = SlideRecord.At(current, 0, SlideRecords.CurrentEdit) ?? throw new InvalidDataException();
        if ((uint)last.Whole(4) == Encrypted) throw new DocumentRejectedException(ProtectedFiles.Reason(BinarySlidesReader.What));
        var document = 0;
        var before = long.MaxValue;
        // Each edit stands behind the one before it.
        for (long at = (uint)last.Whole(8); at < before && SlideRecord.At(stream, at, SlideRecords.Edit) is { } edit; at = (uint)edit.Whole(8))
        {
            if (edit.Content.Length >= EncryptedEditBytes && edit.Whole(28) != 0) throw new DocumentRejectedException(ProtectedFiles.Reason(BinarySlidesReader.What));
            before = at;
            if (document == 0) document = edit.Whole(16);
            if (SlideRecord.At(stream, (uint)edit.Whole(12), SlideRecords.Places) is { } places) Add(places.Content.Span);
            if (edit.Whole(8) == 0) break;
        }

        Document = Find(document, SlideRecords.Document) ?? throw new InvalidDataException();
    }

    public SlideRecord Document { get; }

    /// <summary>The part that has a number; null where there is none, or one of another type.</summary>
    public SlideRecord? Find(int number, int type) => _places.TryGetValue(number, out var at) ? SlideRecord.At(_stream, at, type) : null;

    private void Add(ReadOnlySpan<byte> places)
    {
        while (places.Length >= 4)
        {
            var head = BinaryPrimitives.ReadUInt32LittleEndian(places);
            places = places[4..];
            for (var (number, left) = ((int)(head & 0xF_FFFF), head >> 20); left > 0 && places.Length >= 4; number++, left--)
            {
                _places.TryAdd(number, BinaryPrimitives.ReadUInt32LittleEndian(places));
                places = places[4..];
            }
        }
    }
}
