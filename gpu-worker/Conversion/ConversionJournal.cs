using System.Text;
using System.Text.Json;

namespace Serverless.GpuWorker.Conversion;

/// <summary>
/// A line for each weight that is written, after one that names the conversion. Nothing waits for the device: a conversion that goes on believes
/// no more of the files than their hashes prove.
/// </summary>
internal sealed class ConversionJournal : IDisposable
{
    public const string FileName = "progress.jsonl";

    private readonly Stream _stream;

    private ConversionJournal(Stream stream) => _stream = stream;

    /// <summary>Entries of the same conversion, in order and without a gap; none where the journal is another's or there is none.</summary>
    public static IReadOnlyList<JournalEntry> Read(string folder, string fingerprint, out long length)
    {
        length = 0;
        string path = Path.Combine(folder, FileName);
        List<JournalEntry> entries = [];
        if (!File.Exists(path))
            return entries;

        byte[] bytes = File.ReadAllBytes(path);
        for (int at = 0; Array.IndexOf(bytes, (byte)'\n', at) is >= 0 and var end; at = end + 1)
        {
            string line = Encoding.UTF8.GetString(bytes, at, end - at);
            if (at > 0 && Parse(line) is { } entry && entry.Index == entries.Count)
                entries.Add(entry);
            else if (at > 0 || line != fingerprint)
                break;

            length = end + 1;
        }
        return entries;
    }

    /// <param name="length">Bytes of the journal that hold; 0 begins a new one.</param>
    public static ConversionJournal Open(IOutputStorage storage, string folder, string fingerprint, long length)
    {
        var journal = new ConversionJournal(storage.Append(Path.Combine(folder, FileName), length));
        if (length == 0)
            journal.Write(fingerprint);

        return journal;
    }

    public void Write(JournalEntry entry) => Write(JsonSerializer.Serialize(entry, ManifestJson.Line));

    public void Dispose() => _stream.Dispose();

    private void Write(string line) => _stream.Write(Encoding.UTF8.GetBytes(line + "\n"));

    private static JournalEntry? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<JournalEntry>(line, ManifestJson.Line);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
