using System.Security.Cryptography;
using System.Text.Json;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Conversion;

/// <summary>
/// A converted checkpoint, its weights mapped from their files. The manifest is checked against config.json, the plan of the model and the files'
/// sizes; <see cref="Verify"/> checks every byte.
/// </summary>
internal sealed class ConvertedFolder : IDisposable
{
    private readonly string _folder;
    private readonly Dictionary<string, MappedFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<(string File, string Name), ManifestTensor> _tensors = [];

    private ConvertedFolder(string folder, ConvertedManifest manifest)
    {
        _folder = folder;
        Manifest = manifest;
    }

    public ConvertedManifest Manifest { get; }

    public static bool Is(string folder) => File.Exists(Path.Combine(folder, ConvertedManifest.FileName));

    /// <param name="kind">What the manifest must call the model.</param>
    /// <param name="shape">The shape that config.json gives.</param>
    /// <exception cref="CheckpointException">The folder is not such a model's, or is damaged.</exception>
    public static ConvertedFolder Open(string folder, string kind, JsonElement shape)
    {
        var manifest = ConvertedManifest.Read(folder);
        if (manifest.Model != kind)
            throw new CheckpointException($"{ConvertedManifest.FileName}: model is {manifest.Model}; {kind} is expected.");

        manifest.CheckShape(shape);
        var converted = new ConvertedFolder(folder, manifest);
        try
        {
            converted.Map();
            return converted;
        }
        catch
        {
            converted.Dispose();
            throw;
        }
    }

    /// <summary>Reads every file and compares its hash.</summary>
    /// <exception cref="CheckpointException">A file is missing or not as it was written; the message names it.</exception>
    public static ConvertedManifest Verify(string folder)
    {
        var manifest = ConvertedManifest.Read(folder);
        foreach (var file in manifest.Files)
        {
            CheckSize(folder, file);
            using var stream = File.OpenRead(Path.Combine(folder, file.Name));
            if (Convert.ToHexStringLower(SHA256.HashData(stream)) != file.Sha256)
                throw new CheckpointException($"{file.Name} is damaged: its SHA-256 is not that of {ConvertedManifest.FileName}. Convert the checkpoint again.");
        }
        return manifest;
    }

    /// <summary>Whether all ranks have a weight of that name alike.</summary>
    public bool Has(string weight) => _tensors.ContainsKey((ConversionLayout.WeightsFile(null), weight));

    /// <summary>The weights of a plan, where they lie.</summary>
    /// <param name="rank">Whose file holds what is not replicated.</param>
    /// <param name="first">Rank 0's store, whose replicated weights are taken; it must outlive this one.</param>
    /// <exception cref="CheckpointException">The manifest lacks a weight or has it in another form.</exception>
    public WeightStore Load(int rank, IEnumerable<PlannedWeight> plan, WeightStore? first = null)
    {
        var store = new WeightStore();
        try
        {
            foreach (var weight in plan)
            {
                if (first is not null && weight.IsReplicated)
                {
                    store.Share(first[weight.Name]);
                    continue;
                }
                var tensor = Find(weight, rank);
                store.Add(tensor.ToLayout() with { External = null }, _files[tensor.File].Bytes(tensor.Offset, tensor.Bytes));
            }
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();

        _files.Clear();
    }

    private static void CheckSize(string folder, ManifestFile file)
    {
        if (!IsInside(file.Name))
            throw new CheckpointException($"{ConvertedManifest.FileName} names the file '{file.Name}', which is not in the folder.");

        var found = new FileInfo(Path.Combine(folder, file.Name));
        if (!found.Exists)
            throw new CheckpointException($"{file.Name} is missing.");

        if (found.Length != file.Bytes)
            throw new CheckpointException($"{file.Name} has {found.Length} bytes; {ConvertedManifest.FileName} says {file.Bytes}.");
    }

    /// <summary>Whether a path stays in the folder: a manifest must not name any file of the machine.</summary>
    private static bool IsInside(string name) =>
        !name.Contains('\\', StringComparison.Ordinal) && !name.Contains('\0', StringComparison.Ordinal) && name.Split('/').All(part => part is not ("" or "." or ".."));

    private void Map()
    {
        foreach (var file in Manifest.Files)
            CheckSize(_folder, file);

        foreach (var byFile in Manifest.Tensors.GroupBy(tensor => tensor.File, StringComparer.Ordinal))
        {
            if (Manifest.Files.FirstOrDefault(file => file.Name == byFile.Key) is not { Bytes: > 0 } file)
                throw new CheckpointException($"{ConvertedManifest.FileName}: {byFile.First().Name} is in {byFile.Key}, which is not one of the files or is empty.");

            _files.Add(byFile.Key, new MappedFile(Path.Combine(_folder, byFile.Key)));
            long end = 0;
            foreach (var tensor in byFile.OrderBy(tensor => tensor.Offset))
            {
                if (tensor.Offset < end || tensor.Offset % ConversionLayout.Alignment != 0 || tensor.Bytes > file.Bytes - tensor.Offset)
                    throw new CheckpointException($"{ConvertedManifest.FileName}: {tensor.Name} has offset {tensor.Offset} and {tensor.Bytes} bytes, which do not fit {byFile.Key} of {file.Bytes} bytes.");

                if (tensor.Bytes < 1 || tensor.Bytes > int.MaxValue || tensor.Bytes != BytesOf(tensor))
                    throw new CheckpointException($"{ConvertedManifest.FileName}: {tensor.Name} has {tensor.Bytes} bytes, which its type and shape do not give.");

                if (!_tensors.TryAdd((tensor.File, tensor.Name), tensor))
                    throw new CheckpointException($"{ConvertedManifest.FileName} has {tensor.Name} twice in {tensor.File}.");

                end = tensor.Offset + tensor.Bytes;
            }
        }
    }

    private ManifestTensor Find(PlannedWeight weight, int rank)
    {
        string file = ConversionLayout.WeightsFile(weight.IsReplicated ? null : rank);
        if (!_tensors.TryGetValue((file, weight.Name), out var tensor))
            throw new CheckpointException($"{ConvertedManifest.FileName} lacks {weight.Name} in {file}.");

        var found = tensor.ToLayout();
        // Which type the checkpoint had is not known any more: what each could have given is permitted.
        var permitted = Enum.GetValues<TensorType>().Select(stored => WeightEncoder.Describe(weight, stored)).ToList();
        return permitted.Any(found.IsSameAs)
            ? tensor
            : throw new CheckpointException($"{ConvertedManifest.FileName}: {weight.Name} is {found.Describe()}; {permitted[0].Describe()} is expected.");
    }

    private static long BytesOf(ManifestTensor tensor)
    {
        try
        {
            return tensor.ToLayout().Bytes;
        }
        catch (OverflowException)
        {
            return -1;
        }
    }
}
