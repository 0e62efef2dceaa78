using System.Text.Json;

namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>A config.json whose faults are reported with the field's name.</summary>
internal sealed class ConfigReader(string file, JsonElement root)
{
    private const long MaxBytes = 16 << 20;

    public static ConfigReader Open(string path)
    {
        string file = Path.GetFileName(path);
        if (!File.Exists(path))
            throw new CheckpointException($"{file} is missing.");

        try
        {
            if (new FileInfo(path).Length > MaxBytes)
                throw new CheckpointException($"{file} has more than {MaxBytes} bytes.");

            using var json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                return new ConfigReader(file, json.RootElement.Clone());

            throw new CheckpointException($"{file} is not a JSON object.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new CheckpointException($"{file} is not JSON.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{file} cannot be read: {exception.Message}", exception);
        }
    }

    /// <param name="most">Beyond what any model has: so sums over sizes stay in range.</param>
    public int Size(string field, int most, int? absent = null)
    {
        if (!Has(field))
            return absent ?? throw Error(field, "is missing");

        return root.GetProperty(field).ValueKind == JsonValueKind.Number && root.GetProperty(field).TryGetInt32(out int value) && value > 0 && value <= most
            ? value
            : throw Error(field, $"must be a whole number from 1 to {most}");
    }

    public double Number(string field, double absent)
    {
        if (!Has(field))
            return absent;

        return root.GetProperty(field).ValueKind == JsonValueKind.Number && root.GetProperty(field).TryGetDouble(out double value)
            && double.IsFinite(value) && value > 0
            ? value
            : throw Error(field, "must be a number greater than 0");
    }

    public bool Flag(string field, bool absent = false) => !Has(field) ? absent : root.GetProperty(field).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Error(field, "must be true or false"),
    };

    public string? Text(string field)
    {
        if (!Has(field))
            return null;

        return root.GetProperty(field).ValueKind == JsonValueKind.String ? TextOf(field, root.GetProperty(field)) : throw Error(field, "must be a string");
    }

    /// <summary>A token id, or a list of them.</summary>
    public int[] Ids(string field, int[] absent)
    {
        if (!Has(field))
            return absent;

        var value = root.GetProperty(field);
        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        return [.. items.Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int id) && id >= 0
            ? id
            : throw Error(field, "must be a token id or a list of them"))];
    }

    /// <summary>The object under a field, or null.</summary>
    public ConfigReader? Section(string field)
    {
        if (!Has(field))
            return null;

        return root.GetProperty(field).ValueKind == JsonValueKind.Object
            ? new ConfigReader($"{file}: {field}", root.GetProperty(field))
            : throw Error(field, "must be an object");
    }

    public string? FirstOf(string field)
    {
        if (!Has(field))
            return null;

        var list = root.GetProperty(field);
        return list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0 && list[0].ValueKind == JsonValueKind.String
            ? TextOf(field, list[0])
            : throw Error(field, "must be a list of names");
    }

    /// <summary>Refuses a field that is set to anything but one value.</summary>
    public void Require(string field, string expected)
    {
        string? value = Text(field);
        if (value is not null && value != expected)
            throw Error(field, $"is '{value}'; only '{expected}' is supported");
    }

    public void RequireFalse(string field)
    {
        if (Flag(field))
            throw Error(field, "is true; only false is supported");
    }

    public CheckpointException Error(string field, string fault) => new($"{file}: {field} {fault}.");

    private string? TextOf(string field, JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            // What System.Text.Json throws for a string that is not Unicode.
            throw Error(field, "is not text");
        }
    }

    /// <summary>How many fields there are.</summary>
    public int Count => root.EnumerateObject().Count();

    public bool Has(string field) => root.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null;
}
