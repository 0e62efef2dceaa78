using System.Text.Json;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>
/// The weights of a Hugging Face checkpoint folder: <c>model.safetensors</c>, or the shards that <c>model.safetensors.index.json</c> names.
/// </summary>
public sealed class Checkpoint : IWeightSource, IDisposable
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";

    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, SafetensorsFile> _owners = new(StringComparer.Ordinal);

    private Checkpoint(string folder) => Folder = folder;

    public string Folder { get; }

    public IEnumerable<string> TensorNames => _owners.Keys;

    /// <exception cref="CheckpointException">No weights, or malformed ones.</exception>
    public static Checkpoint Open(string folder)
    {
        var checkpoint = new Checkpoint(folder);
        try
        {
            if (File.Exists(Path.Combine(folder, IndexFile)))
                checkpoint.AddShards(Path.Combine(folder, IndexFile));
            else if (File.Exists(Path.Combine(folder, SingleFile)))
                checkpoint.Add(Path.Combine(folder, SingleFile));
            else
                throw new CheckpointException($"The folder holds neither {SingleFile} nor {IndexFile}.{AdviceOnOtherFormats(folder)}");

            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Opens one safetensors file of the folder by name, such as <c>2_Dense/model.safetensors</c>.</summary>
    public static Checkpoint OpenFile(string path)
    {
        var checkpoint = new Checkpoint(Path.GetDirectoryName(path) ?? ".");
        checkpoint.Add(path);
        return checkpoint;
    }

    public bool Contains(string tensor) => _owners.ContainsKey(tensor);

    /// <summary>The tensor's place and shape.</summary>
    /// <exception cref="CheckpointException">It is missing.</exception>
    public SafetensorsTensor Find(string tensor) => Owner(tensor).Tensors[tensor];

    /// <summary>The tensor's bytes, valid until the checkpoint is disposed.</summary>
    /// <exception cref="CheckpointException">It is missing.</exception>
    public ReadOnlySpan<byte> Bytes(string tensor)
    {
        var owner = Owner(tensor);
        return owner.Bytes(owner.Tensors[tensor]);
    }

    bool IWeightSource.IsMapped => true;

    void IWeightSource.Read(string tensor, long offset, Span<byte> destination)
    {
        var owner = Owner(tensor);
        owner.Read(owner.Tensors[tensor], offset, destination);
    }

    TensorType IWeightSource.TypeOf(string tensor, params int[] shape)
    {
        Check(tensor, shape);
        return Find(tensor).Type;
    }

    /// <summary>The tensor's elements as floats, after its shape has been checked.</summary>
    /// <exception cref="CheckpointException">It is missing or has another shape.</exception>
    public float[] Floats(string tensor, params int[] shape)
    {
        Check(tensor, shape);
        var found = Find(tensor);
        var values = new float[TensorData.CountOf(found.Shape)];
        TensorTypes.Widen(found.Type, Bytes(tensor), values);
        return values;
    }

    /// <exception cref="CheckpointException">It is missing or has another shape.</exception>
    public void Check(string tensor, params int[] shape)
    {
        var found = Find(tensor);
        if (!found.Shape.AsSpan().SequenceEqual(shape))
        {
            throw new CheckpointException(
                $"{Path.GetFileName(Owner(tensor).Path)}: {tensor} has shape [{string.Join(", ", found.Shape)}]; config.json asks for [{string.Join(", ", shape)}].");
        }
    }

    /// <summary>Refuses tensors that no weight is made of: the checkpoint is not the one that config.json describes.</summary>
    /// <exception cref="CheckpointException">There is one; the message names the first.</exception>
    internal void RefuseSurplus(IEnumerable<PlannedWeight> plan, Func<string, bool> isIgnored)
    {
        var wanted = plan.SelectMany(weight => weight.Tensors).ToHashSet(StringComparer.Ordinal);
        var surplus = _owners.Keys.Where(name => !wanted.Contains(name) && !isIgnored(name)).Order(StringComparer.Ordinal).ToList();
        if (surplus.Count > 0)
        {
            throw new CheckpointException(
                $"{Path.GetFileName(_owners[surplus[0]].Path)}: {surplus[0]}{(surplus.Count > 1 ? $" and {surplus.Count - 1} more tensors are" : " is")} not part of the model that config.json describes.");
        }
    }

    /// <summary>Adds the tensors of one more file.</summary>
    /// <exception cref="CheckpointException">It is malformed, or has a tensor that is there already.</exception>
    internal void Add(string path)
    {
        var file = SafetensorsFile.Open(path);
        _files.Add(file);
        foreach (string name in file.Tensors.Keys)
            if (!_owners.TryAdd(name, file))
                throw new CheckpointException($"{Path.GetFileName(path)}: {name} is in {Path.GetFileName(_owners[name].Path)} too.");
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }

    private SafetensorsFile Owner(string tensor) =>
        _owners.TryGetValue(tensor, out var file) ? file : throw new CheckpointException($"The checkpoint lacks the tensor {tensor}.");

    private void AddShards(string indexPath)
    {
        var map = ReadIndex(indexPath);
        foreach (string shard in map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            // A shard is a file beside the index: a path would let an index name any file of the machine.
            if (shard is null or "" or "." or ".." || shard != Path.GetFileName(shard) || shard.Contains('\0', StringComparison.Ordinal))
                throw new CheckpointException($"{IndexFile} names the shard '{shard}', which is not a file name.");

            if (!File.Exists(Path.Combine(Folder, shard)))
                throw new CheckpointException($"{shard} is missing: {IndexFile} names it.");

            Add(Path.Combine(Folder, shard));
        }
        foreach (var (tensor, shard) in map)
            if (!_owners.TryGetValue(tensor, out var owner) || Path.GetFileName(owner.Path) != shard)
                throw new CheckpointException($"{shard} lacks the tensor {tensor}, which {IndexFile} places there.");

        foreach (var (tensor, owner) in _owners)
            if (!map.ContainsKey(tensor))
                throw new CheckpointException($"{IndexFile} lacks the tensor {tensor}, which is in {Path.GetFileName(owner.Path)}.");
    }

    private static Dictionary<string, string> ReadIndex(string path)
    {
        try
        {
            if (new FileInfo(path).Length > SafetensorsHeader.MaxBytes)
                throw new CheckpointException($"{IndexFile} has more than {SafetensorsHeader.MaxBytes} bytes.");

            using var json = JsonDocument.Parse(File.ReadAllBytes(path), SafetensorsHeader.Json);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("weight_map", out var map))
                return map.Deserialize<Dictionary<string, string>>() ?? throw new CheckpointException($"{IndexFile}: weight_map is null.");

            throw new CheckpointException($"{IndexFile} has no weight_map.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new CheckpointException($"{IndexFile} is not the JSON of a safetensors index.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{IndexFile} cannot be read: {exception.Message}", exception);
        }
    }

    private static string AdviceOnOtherFormats(string folder)
    {
        bool pickled = Directory.Exists(folder)
            && Directory.EnumerateFiles(folder).Any(f => f.EndsWith(".pth", StringComparison.Ordinal) || f.EndsWith(".bin", StringComparison.Ordinal));
        return pickled ? " Pickled weights (.pth, .bin) are not read, because loading them can run code: convert them to safetensors first." : "";
    }
}
