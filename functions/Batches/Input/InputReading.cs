using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Batches.Input;

/// <summary>Reads a batch's input once, before anything is asked: all that is wrong with it is told at once, and where its slices are.</summary>
internal static class InputReading
{
    /// <summary>Requests that one activity asks: what a killed host had not written is asked again, so a few.</summary>
    public const int RequestsPerSlice = 16;

    private const int MaxFaults = 100;

    /// <returns>The slices; none where there are faults, of which the first hundred are told.</returns>
    public static async Task<(IReadOnlyList<InputSlice> Slices, IReadOnlyList<InputFault> Faults)> ReadAsync(Stream content, string endpoint, BatchOptions options, CancellationToken cancellationToken)
    {
        var (slices, faults, names) = (new List<InputSlice>(), new List<InputFault>(), new RequestNames());
        InputSlice? slice = null;
        var requests = 0;
        await foreach (var line in InputLines.ReadAsync(content, firstLine: 1, options.MaxRequestBytes, cancellationToken))
        {
            if (++requests > options.MaxRequests)
            {
                faults.Add(new InputFault("too_many_requests", $"A batch may have at most {options.MaxRequests} requests.", null, line.Number));
                break;
            }

            if (FaultOf(line, endpoint, options.MaxRequestBytes, names) is { } fault) faults.Add(fault);
            if (faults.Count == MaxFaults) break;
            if (slice is { Requests: RequestsPerSlice })
            {
                slices.Add(slice);
                slice = null;
            }

            slice = slice is null ? new InputSlice(line.Offset, line.Length, line.Number, 1) : slice with { Length = line.Offset + line.Length - slice.Offset, Requests = slice.Requests + 1 };
        }

        if (slice is not null) slices.Add(slice);
        else faults.Add(new InputFault("empty_file", "The file holds no request.", null, null));
        return faults.Count > 0 ? ([], faults) : (slices, faults);
    }

    /// <summary>The requests of a slice, which were read before and had no fault, each with its place there.</summary>
    public static async Task<IReadOnlyList<BatchRequest>> RequestsAsync(Stream content, InputSlice slice, string endpoint, int maxBytes, CancellationToken cancellationToken)
    {
        var requests = new List<BatchRequest>(slice.Requests);
        await foreach (var line in InputLines.ReadAsync(content, slice.FirstLine, maxBytes, cancellationToken)) requests.Add(BatchRequest.Read(line, endpoint, maxBytes));
        return requests;
    }

    private static InputFault? FaultOf(InputLine line, string endpoint, int maxBytes, RequestNames names)
    {
        try
        {
            var id = BatchRequest.Read(line, endpoint, maxBytes).CustomId;
            return names.TryAdd(id, line.Number, out var earlier) ? null : new InputFault("duplicate_custom_id", $"'custom_id' is that of line {earlier} too.", "custom_id", line.Number);
        }
        catch (GatewayException refused)
        {
            return new InputFault(refused.Error.Code ?? "invalid_line", refused.Error.Message, refused.Error.Param, line.Number);
        }
    }
}
