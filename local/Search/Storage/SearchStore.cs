using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Serverless.Local.CommandLine;
using Serverless.Local.Search.Schema;
using Serverless.Local.Storage;

namespace Serverless.Local.Search.Storage;

/// <summary>Indexes and documents in one SQLite file. Owned by one emulator; its callers hold the emulator's lock.</summary>
internal sealed class SearchStore : IDisposable
{
    private readonly SqliteConnection _connection;

    private readonly string _path;

    /// <exception cref="LocalException">The file cannot be opened or is no database of ours.</exception>
    public SearchStore(string path)
    {
        _path = path;
        _connection = DatabaseFile.Open(path, """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            CREATE TABLE IF NOT EXISTS indexes (name TEXT PRIMARY KEY, etag TEXT NOT NULL, definition TEXT NOT NULL);
            CREATE TABLE IF NOT EXISTS documents (index_name TEXT NOT NULL, key TEXT NOT NULL, slot INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (index_name, key));
            """);
    }

    /// <summary>Reads what is stored, once, at the start.</summary>
    /// <exception cref="LocalException">Some of it is damaged; names the file.</exception>
    public T Load<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SqliteException damaged)
        {
            throw DatabaseFile.Explained(_path, damaged);
        }
        catch (Exception damaged) when (damaged is JsonException or FormatException or InvalidOperationException or SearchException or ArgumentException)
        {
            throw DatabaseFile.Damaged(_path, "is damaged");
        }
    }

    public void Dispose() => _connection.Dispose();

    public IEnumerable<(IndexSchema Schema, string ETag)> ReadIndexes()
    {
        using var command = _connection.Command("SELECT definition, etag FROM indexes ORDER BY name");
        using var reader = command.ExecuteReader();
        while (reader.Read())
            yield return (IndexSchema.Parse((JsonObject)JsonNode.Parse(reader.GetString(0))!), reader.GetString(1));
    }

    public void WriteIndex(IndexSchema schema, string etag) => _connection.Execute(
        "INSERT INTO indexes (name, etag, definition) VALUES ($name, $etag, $definition) ON CONFLICT (name) DO UPDATE SET etag = $etag, definition = $definition",
        ("$name", schema.Name), ("$etag", etag), ("$definition", schema.Definition.ToJsonString()));

    public void DeleteIndex(string name)
    {
        using var transaction = _connection.BeginTransaction();
        _connection.Execute("DELETE FROM documents WHERE index_name = $name; DELETE FROM indexes WHERE name = $name", ("$name", name));
        transaction.Commit();
    }

    public IEnumerable<IndexedDocument> ReadDocuments(IndexSchema schema)
    {
        using var command = _connection.Command("SELECT slot, body FROM documents WHERE index_name = $name ORDER BY slot", ("$name", schema.Name));
        using var reader = command.ExecuteReader();
        while (reader.Read())
            yield return IndexedDocument.Create(schema, reader.GetInt32(0), Decode(schema, (byte[])reader[1]));
    }

    /// <summary>Writes a batch's changes at once; a null document deletes its key.</summary>
    public void WriteDocuments(IndexSchema schema, IEnumerable<(string Key, IndexedDocument? Document)> changes)
    {
        using var transaction = _connection.BeginTransaction();
        foreach (var (key, document) in changes)
        {
            if (document is null)
                _connection.Execute("DELETE FROM documents WHERE index_name = $name AND key = $key", ("$name", schema.Name), ("$key", key));
            else
                _connection.Execute(
                    "INSERT INTO documents (index_name, key, slot, body) VALUES ($name, $key, $slot, $body) ON CONFLICT (index_name, key) DO UPDATE SET slot = $slot, body = $body",
                    ("$name", schema.Name), ("$key", key), ("$slot", document.Slot), ("$body", Encode(schema, document.Values)));
        }

        transaction.Commit();
    }

    /// <summary>Bytes of an index's documents as stored.</summary>
    public long Size(string name)
    {
        using var command = _connection.Command("SELECT COALESCE(SUM(LENGTH(body)), 0) FROM documents WHERE index_name = $name", ("$name", name));
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>JSON by field name, vectors as base64 of their little-endian floats: an added field does not disturb what is stored.</summary>
    private static byte[] Encode(IndexSchema schema, object?[] values)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var field in schema.Fields)
            {
                if (values[field.Ordinal] is not { } value)
                    continue;
                writer.WritePropertyName(field.Name);
                if (value is float[] vector)
                    writer.WriteBase64StringValue(MemoryMarshal.AsBytes<float>(vector));
                else
                    FieldValue.Write(writer, value);
            }

            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static object?[] Decode(IndexSchema schema, byte[] body)
    {
        using var json = JsonDocument.Parse(body);
        var values = SearchIndex.EmptyValues(schema);
        foreach (var property in json.RootElement.EnumerateObject())
        {
            if (schema.Find(property.Name) is not { } field)
                continue;
            values[field.Ordinal] = field.IsVector
                ? MemoryMarshal.Cast<byte, float>(property.Value.GetBytesFromBase64()).ToArray()
                : FieldValue.Read(field, property.Value);
        }

        return values;
    }
}
