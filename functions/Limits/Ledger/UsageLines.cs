using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Serverless.Contracts;

namespace Serverless.Functions.Limits.Ledger;

/// <summary>
/// Records as lines of JSON that wait to be written, a batch after the other: each of one day and of at most <see cref="MaxRecords"/>. A record becomes its line when it comes, so that
/// neither thousands of objects wait for the next write nor it for their writing. Not thread-safe but for <see cref="Write"/>.
/// </summary>
internal sealed class UsageLines
{
    // Names are bounded, so that these are less than 2 MB.
    public const int MaxRecords = 2000;

    private const int FirstBytes = 16 * 1024;

    private static readonly JsonWriterOptions Writing = new() { Encoder = WireJson.Options.Encoder, SkipValidation = true };

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Bytes, Utf8JsonWriter Json)? _line;

    private readonly Queue<Batch> _batches = new();
    private Batch? _last;

    /// <summary>Records that wait.</summary>
    public int Count => (int)(Added - Taken);

    /// <summary>Records that ever came.</summary>
    public long Added { get; private set; }

    /// <summary>Of these, how many have been taken: the oldest first.</summary>
    public long Taken { get; private set; }

    /// <summary>The next batch to take will not grow any more.</summary>
    public bool HasFull => _batches.Count > 1 || _last is { Count: >= MaxRecords };

    /// <summary>A record's line; valid until this thread writes another.</summary>
    public static ReadOnlySpan<byte> Write(UsageRecord record)
    {
        if (_line is not { } line)
        {
            var bytes = new ArrayBufferWriter<byte>(1024);
            _line = line = (bytes, new Utf8JsonWriter(bytes, Writing));
        }

        line.Bytes.ResetWrittenCount();
        line.Json.Reset();
        JsonSerializer.Serialize(line.Json, record, WireJson.Options);
        line.Json.Flush();
        line.Bytes.Write("\n"u8);
        return line.Bytes.WrittenSpan;
    }

    /// <param name="line">Of <see cref="Write"/>.</param>
    /// <param name="time">The record's.</param>
    public void Add(ReadOnlySpan<byte> line, DateTimeOffset time)
    {
        var date = DateOnly.FromDateTime(time.UtcDateTime);
        if (_last is null || _last.Date != date || _last.Count >= MaxRecords) _batches.Enqueue(_last = new Batch(date));
        _last.Add(line);
        Added++;
    }

    /// <summary>Takes the oldest batch; null for none. Whoever takes it disposes of it.</summary>
    public Batch? Take()
    {
        if (!_batches.TryDequeue(out var batch)) return null;
        if (ReferenceEquals(batch, _last)) _last = null;
        Taken += batch.Count;
        return batch;
    }

    /// <summary>Lines of one day, in a buffer that is lent.</summary>
    internal sealed class Batch(DateOnly date) : IDisposable
    {
        private byte[] _bytes = ArrayPool<byte>.Shared.Rent(FirstBytes);

        public DateOnly Date { get; } = date;

        /// <summary><c>yyyy/MM/dd</c>.</summary>
        public string Day { get; } = date.ToString("yyyy/MM/dd", CultureInfo.InvariantCulture);

        public int Count { get; private set; }

        /// <summary>In bytes.</summary>
        public int Length { get; private set; }

        public Stream Open() => new MemoryStream(_bytes, 0, Length, writable: false);

        public void Add(ReadOnlySpan<byte> line)
        {
            if (Length + line.Length > _bytes.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, Length + line.Length));
                _bytes.AsSpan(0, Length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_bytes);
                _bytes = larger;
            }

            line.CopyTo(_bytes.AsSpan(Length));
            Length += line.Length;
            Count++;
        }

        public void Dispose()
        {
            if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }
    }
}
