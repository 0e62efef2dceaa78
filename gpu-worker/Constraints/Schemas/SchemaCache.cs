namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>
/// Schemas, patterns and grammars that were read of late, by their text: one is checked when a request comes in, read again when its answer begins, and once more for each of
/// several choices. Whoever gives the same text gets the same schema, which says nothing of others but, by the time that reading takes, that some request
/// of late had this very text. Those that are refused are not kept. Thread-safe.
/// </summary>
/// <param name="maxSchemas">How many are kept; those used longest ago go first.</param>
/// <param name="maxBytes">About what they take together; a schema that takes more alone is not kept.</param>
internal sealed class SchemaCache(int maxSchemas, long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(AnswerFormKind, string), LinkedListNode<ReadForm>> _kept = [];
    private readonly LinkedList<ReadForm> _byUse = new();
    private long _bytes;

    /// <summary>The process's own.</summary>
    public static SchemaCache Shared { get; } = new(ConstraintLimits.CachedSchemas, ConstraintLimits.CachedBytes);

    public int Count
    {
        get
        {
            lock (_lock)
                return _kept.Count;
        }
    }

    /// <exception cref="SchemaException">The text is none that can be enforced; the message names the keyword.</exception>
    public ReadForm Read(AnswerForm form)
    {
        if (Find(form) is { } known)
            return known;

        // Outside the lock: others' schemas do not wait for it. Two that read one text at once both do the work.
        var schema = ReadForm.Read(form);
        Keep(schema);
        return schema;
    }

    private ReadForm? Find(AnswerForm form)
    {
        lock (_lock)
        {
            if (!_kept.TryGetValue((form.Kind, form.Text), out var node))
                return null;

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value;
        }
    }

    private void Keep(ReadForm schema)
    {
        lock (_lock)
        {
            if (schema.Bytes > maxBytes || _kept.ContainsKey((schema.Kind, schema.Text)))
                return;

            _kept[(schema.Kind, schema.Text)] = _byUse.AddFirst(schema);
            _bytes += schema.Bytes;
            while (_kept.Count > maxSchemas || _bytes > maxBytes)
            {
                var oldest = _byUse.Last!.Value;
                _byUse.RemoveLast();
                _kept.Remove((oldest.Kind, oldest.Text));
                _bytes -= oldest.Bytes;
            }
        }
    }
}
