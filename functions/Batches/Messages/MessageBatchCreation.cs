using System.Globalization;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Batches.Files;
using Serverless.Functions.Batches.Input;
using Serverless.Functions.Batches.Running;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion;

namespace Serverless.Functions.Batches.Messages;

/// <summary>Makes a message batch of the body of <c>POST /v1/messages/batches</c>: its requests become an input file that goes with the batch's end.</summary>
public sealed class MessageBatchCreation(BatchReader reader, BatchStore batches, FileStore files, ClientStore clients, BatchOptions options, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(24), KeepInput = TimeSpan.FromHours(48);

    /// <returns>The batch, written but not yet run, and its requests.</returns>
    /// <exception cref="GatewayException">400, 413 or 429 naming what is wrong; nothing is kept of it then.</exception>
    public async Task<(Batch Batch, int Requests)> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        RequestBody.RefuseCompressed(request);
        if (request.ContentLength > options.MaxFileBytes) throw TooLarge();
        var (caller, betas, now) = (request.Caller(), AnthropicBetas.Of(request), time.GetUtcNow());
        var (owner, input) = (BatchContainer.OwnerOf(caller), files.NewId());
        await reader.RequireFewAsync(owner, cancellationToken);
        try
        {
            var requests = await WriteAsync(request.Body, owner, input, now, cancellationToken);
            var batch = new Batch
            {
                Id = batches.NewMessagesId(),
                Owner = owner,
                Caller = await StandingCaller.OfAsync(caller, clients, cancellationToken),
                Endpoint = WholeAnswers.Messages,
                InputFileId = input,
                OutputFileId = files.NewId(),
                ErrorFileId = files.NewId(),
                CompletionWindow = "24h",
                CreatedAt = now,
                ExpiresAt = now + Window,
                KeepOutput = options.Retention,
                Betas = betas,
            };
            await batches.CreateAsync(batch, requests, cancellationToken);
            return (batch, requests);
        }
        catch (Exception)
        {
            // Whoever is refused leaves nothing behind.
            await files.DeleteAsync(owner, input, CancellationToken.None);
            throw;
        }
    }

    /// <returns>The requests.</returns>
    private async Task<int> WriteAsync(Stream body, string owner, string input, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (names, count) = (new RequestNames(), 0);
        using var bounded = new BoundedStream(body, options.MaxFileBytes);
        await using var file = new OutputFile(() => files.OpenWriteAsync(owner, input, "requests.jsonl", StoredFile.MessageRequests, now, KeepInput, cancellationToken));
        try
        {
            await foreach (var element in MessageBatchBody.ReadAsync(bounded, options.MaxRequestBytes, cancellationToken))
            {
                if (count == options.MaxRequests) throw GatewayException.Invalid("requests", string.Create(CultureInfo.InvariantCulture, $"'requests' may have at most {options.MaxRequests} requests."), "too_many_requests");
                var (name, line) = MessageRequest.Read(element, count);
                // As a line of the input it is held against the same limit.
                if (line.Length > options.MaxRequestBytes) throw MessageBatchBody.TooLarge(count, options.MaxRequestBytes);
                if (!names.TryAdd(name, count, out var earlier)) throw GatewayException.Invalid($"requests[{count}].custom_id", $"'requests[{count}].custom_id' is that of requests[{earlier}] too.", "duplicate_custom_id");
                await file.WriteAsync(line, cancellationToken);
                count++;
            }
        }
        catch (InvalidDataException) when (bounded.IsExceeded)
        {
            throw TooLarge();
        }

        if (count == 0) throw GatewayException.Invalid("requests", "'requests' must have at least one request.", "missing_field");
        await file.CommitAsync();
        return count;
    }

    private GatewayException TooLarge() => new(
        StatusCodes.Status413PayloadTooLarge, new ErrorDetail("body_too_large", string.Create(CultureInfo.InvariantCulture, $"The body may have at most {options.MaxFileBytes} bytes."), "invalid_request_error", "body"));
}
