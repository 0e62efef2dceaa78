using Azure;
using Serverless.Functions.Batches.Files;

namespace Serverless.Functions.Batches.Input;

/// <summary>A batch's input file, read slice by slice.</summary>
public sealed class InputFile(FileStore files, BatchOptions options)
{
    /// <summary>The requests of a slice, in their order; null where the file is gone.</summary>
    internal async Task<IReadOnlyList<BatchRequest>?> RequestsAsync(Batch batch, InputSlice slice, CancellationToken cancellationToken)
    {
        try
        {
            await using var content = await files.OpenAsync(batch.Owner, batch.InputFileId, slice.Offset, slice.Length, cancellationToken);
            return await InputReading.RequestsAsync(content, slice, batch.Endpoint, options.MaxRequestBytes, cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }
}
