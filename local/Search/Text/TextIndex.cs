using Lucene.Net.Documents;
using Lucene.Net.Index;
using Lucene.Net.Search;
using Lucene.Net.Store;
using Lucene.Net.Util;
using Serverless.Local.Search.Schema;
using Document = Lucene.Net.Documents.Document;

namespace Serverless.Local.Search.Text;

/// <summary>
/// The searchable text of one index in Lucene, in memory: the documents' own store is what lasts, and this is made from it at the start (100,000
/// chunks take seconds). Not thread-safe: the emulator holds one lock.
/// </summary>
internal sealed class TextIndex : IDisposable
{
    private const string SlotField = "@slot";

    private readonly IndexField[] _fields;
    private readonly FieldAnalyzers _analyzers;
    private readonly RAMDirectory _directory = new();
    private readonly IndexWriter _writer;
    private DirectoryReader _reader;
    private bool _changed;

    public TextIndex(IndexSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        _fields = [.. schema.Fields.Where(field => field.IsSearchable && !field.IsVector)];
        _analyzers = new FieldAnalyzers(_fields);
        _writer = new IndexWriter(_directory, new IndexWriterConfig(TextAnalyzers.Version, _analyzers) { Similarity = new Bm25(), RAMBufferSizeMB = 64 });
        _reader = _writer.GetReader(applyAllDeletes: true);
    }

    public bool Has(string field) => Array.Exists(_fields, known => known.Name == field);

    /// <summary>Adds a document, or replaces the one in its slot.</summary>
    /// <param name="isNew">No document is in that slot.</param>
    public void Put(IndexedDocument document, bool isNew)
    {
        var text = new Document { new StringField(SlotField, Key(document.Slot), Field.Store.NO), new NumericDocValuesField(SlotField, document.Slot) };
        foreach (var field in _fields)
        {
            foreach (var value in Texts(document.Values[field.Ordinal]))
                text.Add(new TextField(field.Name, value, Field.Store.NO));
        }

        _changed = true;
        if (isNew) _writer.AddDocument(text);
        else _writer.UpdateDocument(new Term(SlotField, Key(document.Slot)), text);
    }

    public void Remove(int slot)
    {
        _changed = true;
        _writer.DeleteDocuments(new Term(SlotField, Key(slot)));
    }

    /// <summary>Scores of the matches by slot, in no order. As in the service, what was replaced or deleted a moment ago may still count in them. Empty when the text has no words to search for.</summary>
    /// <param name="text">In the simple syntax.</param>
    /// <param name="fields">The fields to search in; null for all.</param>
    /// <param name="all">Every word must match.</param>
    /// <param name="accepts">The filter, by slot; null for none.</param>
    public List<(int Slot, double Score)> Search(string text, IReadOnlyCollection<string>? fields, bool all, Func<int, bool>? accepts)
    {
        var matches = new Matches(accepts);
        if (fields is { Count: 0 } || _fields.Length == 0)
            return matches.Found;
        Refresh();
        var query = new SimpleSyntax(_analyzers, fields ?? [.. _fields.Select(field => field.Name)], all).Parse(text);
        if (query is not null)
            new IndexSearcher(_reader) { Similarity = new Bm25() }.Search(query, matches);
        return matches.Found;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _writer.Rollback();
        _analyzers.Dispose();
        _directory.Dispose();
    }

    private void Refresh()
    {
        if (!_changed)
            return;
        _changed = false;

        if (DirectoryReader.OpenIfChanged(_reader, _writer, applyAllDeletes: true) is not { } next)
            return;
        _reader.Dispose();
        _reader = next;
    }

    private static string Key(int slot) => slot.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static IEnumerable<string> Texts(object? value) => value switch
    {
        string text => [text],
        object?[] items => items.OfType<string>(),
        _ => [],
    };

    /// <summary>Takes every match with its slot.</summary>
    private sealed class Matches(Func<int, bool>? accepts) : ICollector
    {
        private Scorer? _scorer;
        private NumericDocValues? _slots;

        public List<(int Slot, double Score)> Found { get; } = [];

        public bool AcceptsDocsOutOfOrder => true;

        public void SetScorer(Scorer scorer) => _scorer = scorer;

        public void SetNextReader(AtomicReaderContext context) => _slots = context.AtomicReader.GetNumericDocValues(SlotField);

        public void Collect(int doc)
        {
            var slot = (int)_slots!.Get(doc);
            if (accepts is null || accepts(slot))
                Found.Add((slot, _scorer!.GetScore()));
        }
    }
}
