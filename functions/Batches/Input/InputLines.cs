using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Serverless.Functions.Batches.Input;

/// <summary>The lines of a JSONL file, with where they are in it, in memory of one line.</summary>
internal static class InputLines
{
    private static ReadOnlySpan<byte> ByteOrderMark => "\uFEFF"u8;

    /// <summary>All lines that hold more than white space. Ends of lines are <c>\n</c> or <c>\r\n</c>; the last line needs none.</summary>
    /// <param name="firstLine">The number of the first line.</param>
    /// <param name="maxBytes">A longer line is given without its bytes.</param>
    public static async IAsyncEnumerable<InputLine> ReadAsync(Stream content, int firstLine, int maxBytes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(content, new StreamPipeReaderOptions(bufferSize: 64 * 1024));
        var (offset, skipped, line) = (0L, 0L, firstLine);
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(cancellationToken);
                var buffer = read.Buffer;
                while (Cut(ref buffer, read.IsCompleted, out var whole, out var taken))
                {
                    if (skipped > 0 || whole.Length > maxBytes) yield return new InputLine(line, offset, skipped + taken, null);
                    else if (BytesOf(whole, offset) is { Length: > 0 } bytes) yield return new InputLine(line, offset, taken, bytes);
                    offset += skipped + taken;
                    skipped = 0;
                    line++;
                }

                // What is too long is not gathered.
                if (buffer.Length > maxBytes)
                {
                    skipped += buffer.Length;
                    buffer = buffer.Slice(buffer.End);
                }

                if (read.IsCompleted)
                {
                    if (skipped > 0) yield return new InputLine(line, offset, skipped, null);
                    yield break;
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    /// <summary>Takes a line off the buffer's beginning; the rest of it where nothing more comes.</summary>
    private static bool Cut(ref ReadOnlySequence<byte> buffer, bool isLast, out ReadOnlySequence<byte> line, out long taken)
    {
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            taken = line.Length + 1;
            buffer = buffer.Slice(taken);
            return true;
        }

        (line, taken) = (buffer, buffer.Length);
        if (!isLast || buffer.IsEmpty) return false;
        buffer = buffer.Slice(buffer.End);
        return true;
    }

    private static byte[] BytesOf(ReadOnlySequence<byte> line, long offset)
    {
        var bytes = line.ToArray().AsSpan();
        if (offset == 0 && bytes.StartsWith(ByteOrderMark)) bytes = bytes[ByteOrderMark.Length..];
        return bytes.Trim(" \t\r"u8).ToArray();
    }
}
