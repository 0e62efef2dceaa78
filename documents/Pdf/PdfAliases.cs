namespace Serverless.Documents.Pdf;

/// <summary>
/// Objects of a PDF that are nothing but a reference to another. The parser follows them without looking where it has been: a ring of them ends the whole process by its stack, which no handler
/// sees, so that they are looked for before it.
/// </summary>
internal sealed class PdfAliases
{
    private const string Ring = "The PDF is broken and cannot be read: objects of it refer to each other in a ring.";

    private readonly Dictionary<long, HashSet<long>> _targets = [];

    /// <summary>Takes up the objects of a file: <c>N G obj M G R</c>.</summary>
    /// <exception cref="DocumentRejectedException">Some make a ring.</exception>
    public void AddFile(ReadOnlySpan<byte> file)
    {
        for (var at = 0; file[at..].IndexOf("obj"u8) is >= 0 and var found;)
        {
            at += found;
            if (NumberBefore(file[..at]) is { } number && Reference(file[(at + 3)..]) is { } target) Add(number, target);
            at += 3;
        }

        Check();
    }

    /// <summary>Takes up the objects of an unpacked object stream, which begins with their numbers and offsets.</summary>
    /// <param name="stream">What it unpacks to.</param>
    /// <param name="first">Where the first object begins: <c>/First</c>.</param>
    /// <exception cref="DocumentRejectedException">Some make a ring, with those known so far.</exception>
    public void AddObjectStream(ReadOnlySpan<byte> stream, int first)
    {
        if (first < 0 || first > stream.Length) return;
        var header = stream[..first];
        while (Integer(ref header) is { } number && Integer(ref header) is { } offset)
        {
            if (offset < stream.Length - first && Reference(stream[(first + (int)offset)..]) is { } target) Add(number, target);
        }

        Check();
    }

    private void Add(long number, long target)
    {
        if (!_targets.TryGetValue(number, out var targets)) _targets[number] = targets = [];
        targets.Add(target);
    }

    // Those that lead to no alias are taken away until none is left, or rings.
    private void Check()
    {
        var left = _targets.ToDictionary(entry => entry.Key, entry => entry.Value.Count(_targets.ContainsKey));
        var leads = _targets.SelectMany(entry => entry.Value.Select(target => (target, entry.Key))).ToLookup(pair => pair.target, pair => pair.Key);
        var ends = new Queue<long>(left.Where(entry => entry.Value == 0).Select(entry => entry.Key));
        var gone = 0;
        while (ends.TryDequeue(out var end))
        {
            gone++;
            foreach (var source in leads[end])
            {
                if (--left[source] == 0) ends.Enqueue(source);
            }
        }

        if (gone < left.Count) throw new DocumentRejectedException(Ring);
    }

    // "12 0 " before "obj".
    private static long? NumberBefore(ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd(" \t\r\n\f\0"u8);
        var generation = text[(text.LastIndexOfAnyExceptInRange((byte)'0', (byte)'9') + 1)..];
        if (generation.IsEmpty) return null;
        var before = text[..^generation.Length].TrimEnd(" \t\r\n\f\0"u8);
        var number = before[(before.LastIndexOfAnyExceptInRange((byte)'0', (byte)'9') + 1)..];
        return before.Length < text.Length - generation.Length && Integer(ref number) is { } value ? value : null;
    }

    /// <summary>The object that <c>12 0 R</c> at the beginning of a text refers to; null where something else stands there.</summary>
    private static long? Reference(ReadOnlySpan<byte> text)
    {
        if (Integer(ref text) is not { } number || Integer(ref text) is null) return null;
        Skip(ref text);
        return text is [(byte)'R', ..] ? number : null;
    }

    private static long? Integer(ref ReadOnlySpan<byte> text)
    {
        Skip(ref text);
        var length = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (length < 0) length = text.Length;
        if (length == 0 || !long.TryParse(text[..length], out var value)) return null;
        text = text[length..];
        return value;
    }

    private static void Skip(ref ReadOnlySpan<byte> text)
    {
        while (true)
        {
            text = text.TrimStart(" \t\r\n\f\0"u8);
            if (text is not [(byte)'%', ..]) return;
            var end = text.IndexOfAny((byte)'\r', (byte)'\n');
            text = end < 0 ? default : text[end..];
        }
    }
}
