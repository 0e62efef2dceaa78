using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Batches.Files;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches;

/// <summary>Reads the body of <c>POST /v1/batches</c> and finds what it names.</summary>
public sealed class BatchReader(BatchStore batches, FileStore files, ClientStore clients, BatchOptions options, TimeProvider time)
{
    private const int MaxPairs = 16, MaxKey = 64, MaxValue = 512;
    private static readonly TimeSpan LeastWindow = TimeSpan.FromHours(1), MostWindow = TimeSpan.FromDays(14);

    /// <exception cref="GatewayException">A field is at fault, and named; or the client has too many batches under way.</exception>
    public async Task<Batch> ReadAsync(JsonElement body, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var fields = new JsonFields(body);
        var input = fields.RequiredString("input_file_id", 64);
        var endpoint = fields.RequiredString("endpoint", 64);
        if (!WholeAnswers.Knows(endpoint)) throw GatewayException.Invalid("endpoint", $"'endpoint' must be one of {string.Join(", ", WholeAnswers.Endpoints)}.");
        var window = fields.RequiredString("completion_window", 8);
        var lasts = WindowOf(window) ?? throw GatewayException.Invalid("completion_window", "'completion_window' must be 1h to 336h or 1d to 14d: 24h.");
        var metadata = Metadata(fields);
        var keep = Keep(fields);
        fields.RejectUnknown();

        var owner = BatchContainer.OwnerOf(caller);
        var file = await files.FindAsync(owner, input, cancellationToken) ?? throw FileFunctions.NotFound("input_file_id");
        if (file.Purpose != StoredFile.Input) throw GatewayException.Invalid("input_file_id", "'input_file_id' must be a file of purpose batch.");
        await RequireFewAsync(owner, cancellationToken);
        var now = time.GetUtcNow();
        return new Batch
        {
            Id = batches.NewId(),
            Owner = owner,
            Caller = await StandingCaller.OfAsync(caller, clients, cancellationToken),
            Endpoint = endpoint,
            InputFileId = input,
            OutputFileId = files.NewId(),
            ErrorFileId = files.NewId(),
            CompletionWindow = window,
            CreatedAt = now,
            ExpiresAt = now + lasts,
            KeepOutput = keep,
            Metadata = metadata,
        };
    }

    /// <returns>Null for what is none, or too short or long.</returns>
    internal static TimeSpan? WindowOf(string text)
    {
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
        TimeSpan? window = text[^1] switch { 'h' => TimeSpan.FromHours(number), 'd' => TimeSpan.FromDays(Math.Min(number, 1000)), _ => null };
        return window >= LeastWindow && window <= MostWindow ? window : null;
    }

    private static Dictionary<string, string>? Metadata(JsonFields fields)
    {
        if (fields.Json("metadata") is not { } given) return null;
        if (given.ValueKind != JsonValueKind.Object || given.GetPropertyCount() > MaxPairs) throw GatewayException.Invalid("metadata", $"'metadata' must be an object of at most {MaxPairs} strings.", "invalid_type");
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in given.EnumerateObject())
        {
            if (pair.Name.Length is 0 or > MaxKey || pair.Value.ValueKind != JsonValueKind.String || pair.Value.GetString()!.Length > MaxValue)
                throw GatewayException.Invalid("metadata", $"'metadata' must have names of 1 to {MaxKey} characters and strings of at most {MaxValue}.");
            metadata[pair.Name] = pair.Value.GetString()!;
        }

        return metadata;
    }

    private TimeSpan Keep(JsonFields fields)
    {
        if (fields.Object("output_expires_after") is not { } given) return options.Retention;
        if (given.RequiredString("anchor", 32) != "created_at") throw GatewayException.Invalid("output_expires_after.anchor", "'output_expires_after.anchor' must be created_at.");
        var seconds = given.WholeNumber("seconds", FileUpload.LeastSeconds, FileUpload.MostSeconds)
            ?? throw GatewayException.Invalid("output_expires_after.seconds", "'output_expires_after.seconds' is required.", "missing_field");
        given.RejectUnknown();
        return TimeSpan.FromSeconds(seconds);
    }

    /// <exception cref="GatewayException">429: the client has as many batches under way as it may have.</exception>
    internal async Task RequireFewAsync(string owner, CancellationToken cancellationToken)
    {
        var active = 0;
        await foreach (var (_, _, status) in batches.ListAsync(owner, cancellationToken)) active += status.IsTerminal ? 0 : 1;
        if (active < options.MaxActive) return;
        throw new GatewayException(
            StatusCodes.Status429TooManyRequests,
            new ErrorDetail("too_many_batches", string.Create(CultureInfo.InvariantCulture, $"A client may have at most {options.MaxActive} batches under way."), "rate_limit_error"),
            TimeSpan.FromMinutes(1));
    }
}
