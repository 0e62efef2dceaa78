using System.Security.Cryptography;
using System.Text;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Conversion;

/// <summary>
/// Converts a checkpoint folder. It works in a folder beside the output, which takes the output's name when it is complete; killed at any moment
/// and run again it goes on after the last weight that is whole, to the same bytes. Memory is a few megabytes, or one row where that is more.
/// </summary>
internal sealed class Converter
{
    /// <summary>What is encoded at a time.</summary>
    private const long ChunkBytes = 8 << 20;

    private readonly ConversionRequest _request;
    private readonly IConversionModel _model;
    private readonly ConversionLayout _layout;
    private readonly IOutputStorage _storage;
    private readonly IConversionProgress _progress;
    private readonly AccuracyReport _accuracy = new();
    private readonly List<ManifestFile> _files = [];
    private byte[] _buffer = [];

    private Converter(ConversionRequest request, IConversionModel model, IOutputStorage storage, IConversionProgress progress)
    {
        _request = request;
        _model = model;
        _layout = new ConversionLayout(model);
        _storage = storage;
        _progress = progress;
    }

    /// <returns>The manifest of what is in the output, and whether it was there already.</returns>
    /// <exception cref="CheckpointException">The source cannot be converted so, or the output holds something else.</exception>
    /// <exception cref="IOException">The output cannot be written.</exception>
    public static (ConvertedManifest Manifest, bool WasThere) Run(ConversionRequest request, IOutputStorage storage, IConversionProgress progress)
    {
        using var model = SourceFiles.Open(request.Source, request.Formats, request.Ranks);
        foreach (var rule in request.Formats.Rules)
            if (!model.Plans[0].Any(weight => weight.Short is { } part && rule.Covers(weight.Layer, part)))
                throw new CheckpointException($"--keep {rule} names no matrix of the model.");

        var converter = new Converter(request, model, storage, progress);
        return converter.Existing() is { } manifest ? (manifest, true) : (converter.Convert(), false);
    }

    /// <summary>The manifest of an output that is this conversion's.</summary>
    private ConvertedManifest? Existing()
    {
        if (!Directory.Exists(_request.Output))
            return null;

        if (!File.Exists(Path.Combine(_request.Output, ConvertedManifest.FileName)))
        {
            return Directory.EnumerateFileSystemEntries(_request.Output).Any()
                ? throw new CheckpointException("--output must name a folder that is empty or does not exist: it holds other files.")
                : null;
        }
        var found = ConvertedManifest.Read(_request.Output);
        if (found.Model != _model.Kind || found.Ranks != _request.Ranks || found.Formats().ToString() != _request.Formats.ToString())
            throw new CheckpointException($"--output holds a conversion to {found.Formats()} for {found.Ranks} ranks: remove it first, or name another folder.");

        found.CheckShape(_model.Shape);
        // Its last run may have been killed between the folder's new name and this.
        string journal = Path.Combine(_request.Output, ConversionJournal.FileName);
        if (File.Exists(journal))
            _storage.DeleteFile(journal);

        return found;
    }

    private ConvertedManifest Convert()
    {
        WriteWeights();
        foreach (string name in _model.Copied)
            PutFile(name, File.ReadAllBytes(Path.Combine(_request.Source, name)));

        for (int rank = 0; rank < _model.Plans.Count; rank++)
            PutFile(ConversionLayout.GraphFile(rank), _model.Graph(rank, _layout.OfRank(rank)));

        var manifest = Manifest();
        PutFile(ConvertedManifest.FileName, manifest.ToJson());
        if (Directory.Exists(_request.Output))
            _storage.DeleteFolder(_request.Output);

        _storage.MoveFolder(_request.WorkFolder, _request.Output);
        _storage.DeleteFile(Path.Combine(_request.Output, ConversionJournal.FileName));
        return manifest;
    }

    private void WriteWeights()
    {
        string fingerprint = Fingerprint();
        var entries = ConversionJournal.Read(_request.WorkFolder, fingerprint, out long journalLength);
        var files = journalLength > 0 ? OpenFiles(entries) : null;
        if (files is null)
        {
            // The journal is another conversion's, or files are not as it says: nothing of them is worth keeping.
            if (Directory.Exists(_request.WorkFolder))
                _storage.DeleteFolder(_request.WorkFolder);

            _storage.CreateFolder(_request.WorkFolder);
            (entries, journalLength) = ([], 0);
            files = OpenFiles(entries)!;
        }
        try
        {
            long written = files.Sum(file => file.Length);
            DiskSpace.Require(_request.WorkFolder, _layout.Bytes - written);
            using var journal = ConversionJournal.Open(_storage, _request.WorkFolder, fingerprint, journalLength);
            _progress.Begin(_layout.Bytes, written);
            foreach (var entry in entries)
                _accuracy.Add(_layout.Weights[entry.Index].Weight, new QuantizationError(entry.Error, entry.Norm));

            for (int index = entries.Count; index < _layout.Weights.Count; index++)
            {
                var (weight, file) = (_layout.Weights[index], files[_layout.Weights[index].File]);
                var error = Write(weight, file, files);
                _accuracy.Add(weight.Weight, error);
                journal.Write(new JournalEntry(index, file.Length, file.Sha256, error.Error, error.Norm));
            }
            for (int i = 0; i < files.Count; i++)
            {
                files[i].Sync();
                _files.Add(new ManifestFile(_layout.Files[i], files[i].Length, files[i].Sha256));
            }
            _progress.End();
        }
        finally
        {
            foreach (var file in files)
                file.Dispose();
        }
    }

    /// <summary>Opens every file where the journal left it; null where one of them does not hold what the journal says.</summary>
    private List<WeightsFile>? OpenFiles(IReadOnlyList<JournalEntry> entries)
    {
        List<WeightsFile> files = [];
        for (int i = 0; i < _layout.Files.Count; i++)
        {
            var last = entries.LastOrDefault(entry => entry.Index < _layout.Weights.Count && _layout.Weights[entry.Index].File == i);
            if (WeightsFile.Open(_storage, Path.Combine(_request.WorkFolder, _layout.Files[i]), last) is { } file)
            {
                files.Add(file);
                continue;
            }
            foreach (var opened in files)
                opened.Dispose();

            return null;
        }
        return files;
    }

    private unsafe QuantizationError Write(PlacedWeight placed, WeightsFile file, List<WeightsFile> files)
    {
        var (weight, layout) = (placed.Weight, placed.Layout);
        file.PadTo(layout.External!.Offset);
        int unit = layout.QuantizedRows > 0 ? PackedLayout.StripColumns : 1;
        long unitBytes = layout.Bytes / ((weight.Rows + unit - 1) / unit);
        int step = weight.Computed is not null ? weight.Rows : (int)Math.Clamp(ChunkBytes / unitBytes * unit, unit, weight.Rows + unit);
        var error = default(QuantizationError);
        for (int row = 0; row < weight.Rows; row += step)
        {
            int rows = Math.Min(step, weight.Rows - row), bytes = checked((int)((rows + unit - 1) / unit * unitBytes));
            if (_buffer.Length < bytes)
                _buffer = new byte[bytes];

            fixed (byte* destination = _buffer)
                error += WeightEncoder.Encode(_model.Source, weight, layout, row, rows, destination, withError: true);

            file.Write(_buffer.AsSpan(0, bytes));
            _progress.Advance(weight.Name, files.Sum(f => f.Length));
        }
        return error;
    }

    private void PutFile(string name, byte[] content)
    {
        string path = Path.Combine(_request.WorkFolder, name), unfinished = path + ".new";
        _storage.CreateFolder(Path.GetDirectoryName(path)!);
        using (var stream = _storage.Append(unfinished, 0))
        {
            stream.Write(content);
            _storage.Sync(stream);
        }
        _storage.MoveFile(unfinished, path);
        if (name != ConvertedManifest.FileName)
            _files.Add(new ManifestFile(name, content.Length, System.Convert.ToHexStringLower(SHA256.HashData(content))));
    }

    private ConvertedManifest Manifest() => new()
    {
        Format = ConvertedManifest.FormatName,
        Version = ConvertedManifest.CurrentVersion,
        Model = _model.Kind,
        Shape = _model.Shape,
        Ranks = _request.Ranks,
        WeightFormat = WeightFormats.NameOf(_request.Formats.Format),
        Keep = [.. _request.Formats.Rules.Select(rule => rule.ToString())],
        Files = _files,
        Tensors = [.. _layout.Weights.Select(weight => ManifestTensor.Of(weight.Layout, _layout.Files[weight.File], weight.Layout.External!.Offset))],
        Accuracy = _accuracy.ToManifest(),
    };

    /// <summary>A line that differs for another conversion, or another state of the source.</summary>
    private string Fingerprint()
    {
        var text = new StringBuilder($"{ConvertedManifest.CurrentVersion} {_model.Kind} {_model.Shape} {_request.Ranks} {_request.Formats}\n");
        foreach (var file in new DirectoryInfo(_request.Source).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(file => file.FullName, StringComparer.Ordinal))
            text.Append($"{Path.GetRelativePath(_request.Source, file.FullName)} {file.Length} {file.LastWriteTimeUtc.Ticks}\n");

        return System.Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
