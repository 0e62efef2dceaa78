using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Clients;
using Serverless.Functions.Limits;
using Serverless.Functions.Providers;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>The one admission path, for every endpoint and for the app's own calls.</summary>
public sealed class Gateway(RouteCatalog routes, RouteTargets targets, UpstreamCalls upstream, Admission admission, GatewayMetrics metrics, TimeProvider time, IServiceProvider services) : IGateway
{
    public async IAsyncEnumerable<AnswerEvent> StreamAsync(AnswerRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var route = await routes.ResolveAsync(request.Route, request.Caller, "model", cancellationToken).ConfigureAwait(false);
        if (route.Type == RouteTypes.Answers)
        {
            QuestionOf(request);
            using var entered = await admission.EnterAsync(route, request.Caller, cancellationToken).ConfigureAwait(false);
            try
            {
                var (writer, plan, citations, inner) = await PlanAsync(route, request, cancellationToken).ConfigureAwait(false);
                await foreach (var answer in GenerateAsync(writer, inner, plan, citations, cancellationToken).ConfigureAwait(false)) yield return answer;
            }
            finally
            {
                entered.End();
            }

            yield break;
        }

        var generation = route.Type switch
        {
            RouteTypes.Chat => Chat(request),
            RouteTypes.Completions => Completion(request),
            _ => throw WrongType(route, "one that answers"),
        };
        await foreach (var answer in GenerateAsync(route, request.Caller, generation, [], cancellationToken).ConfigureAwait(false)) yield return answer;
    }

    public async Task<EmbeddingBatch> EmbedAsync(string route, IReadOnlyList<string> texts, EmbeddingPurpose purpose, Caller caller, CancellationToken cancellationToken)
    {
        AnswerChecks.Texts(texts, "input");
        var resolved = await EmbeddingsRouteAsync(route, caller, cancellationToken).ConfigureAwait(false);
        var instructions = resolved.Version.Instructions ?? EmbeddingInstructions.Default;
        return await EmbedAsync(resolved, caller, texts, purpose == EmbeddingPurpose.Query ? instructions.Query : instructions.Document, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Embeds with an instruction of the caller's own instead of the route's.</summary>
    /// <param name="instruction">Null for the route's instruction for documents.</param>
    public async Task<EmbeddingBatch> EmbedAsync(string route, IReadOnlyList<string> texts, string? instruction, Caller caller, CancellationToken cancellationToken)
    {
        AnswerChecks.Texts(texts, "input");
        if (instruction?.Length > 500) throw GatewayException.Invalid("instruction", "'instruction' may have at most 500 characters.");
        var resolved = await EmbeddingsRouteAsync(route, caller, cancellationToken).ConfigureAwait(false);
        return await EmbedAsync(resolved, caller, texts, instruction ?? (resolved.Version.Instructions ?? EmbeddingInstructions.Default).Document, cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<int>> CountTokensAsync(string route, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (texts.Count == 0) return [];
        var resolved = await routes.ResolveAsync(route, Caller.System, "route", cancellationToken).ConfigureAwait(false);
        if (resolved.Version.Model is null) throw WrongType(resolved, "one with a model");
        return await CountAsync(resolved, texts, cancellationToken).ConfigureAwait(false);
    }

    internal static GatewayException WrongType(ResolvedRoute route, string expected) =>
        GatewayException.Invalid("model", $"Route '{route.Name}' is of type {route.Type}; this request takes {expected}.", "wrong_route_type");

    private static Generation Chat(AnswerRequest request)
    {
        AnswerChecks.Messages(request.Messages);
        return new Generation { Messages = request.Messages, Settings = request.Settings };
    }

    private static Generation Completion(AnswerRequest request)
    {
        AnswerChecks.Prompt(request.Prompt);
        return new Generation { Prompt = request.Prompt, Settings = request.Settings };
    }

    private static string QuestionOf(AnswerRequest request)
    {
        if (request.Messages is null)
        {
            AnswerChecks.Question(request.Question, "question");
            return request.Question!;
        }

        AnswerChecks.Messages(request.Messages, mayHoldTags: true);
        AnswerChecks.Question(request.Messages[^1].Content, $"messages[{request.Messages.Count - 1}].content");
        return request.Messages[^1].Content;
    }

    private async Task<(ResolvedRoute Route, Generation Generation, IReadOnlyList<Citation> Citations, Caller Inner)> PlanAsync(ResolvedRoute route, AnswerRequest request, CancellationToken cancellationToken)
    {
        var rag = route.Version.Rag!;
        var question = QuestionOf(request);
        var planner = services.GetService<IAnswerPlanner>()
            ?? throw new GatewayException(StatusCodes.Status501NotImplemented, new ErrorDetail("retrieval_not_available", "This app has no retrieval: rag/v1/answers routes cannot be asked.", "server_error"));

        // Whoever may use the answers route may use, through it, what it stands on.
        var inner = request.Caller with { AllowedRoutes = null, Through = route.Name };
        var writer = await routes.ResolveAsync(rag.CompletionsRoute, inner, "rag.completions_route", cancellationToken).ConfigureAwait(false);
        var settings = request.Settings with { Temperature = request.Settings.Temperature ?? 0, MaxTokens = request.Settings.MaxTokens ?? rag.MaxTokens };
        var window = await ContextWindowAsync(writer, cancellationToken).ConfigureAwait(false);
        AnswerChecks.Settings(settings, window);

        var plan = await planner.PlanAsync(rag, question, window, settings.MaxTokens.Value, inner, cancellationToken).ConfigureAwait(false);
        ChatMessage[] messages = [new("system", plan.System), new("user", plan.User)];
        // The planner has cleaned what it put in; nothing gets to a model that has not passed the same check.
        AnswerChecks.Messages(messages);
        var generation = writer.Type == RouteTypes.Chat
            ? new Generation { Messages = messages, Settings = settings }
            : new Generation { Prompt = Llama2Prompt.Single(plan.System, plan.User), Settings = settings };
        return (writer, generation, plan.Citations, inner);
    }

    private async IAsyncEnumerable<AnswerEvent> GenerateAsync(ResolvedRoute route, Caller caller, Generation generation, IReadOnlyList<Citation> citations, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        AnswerChecks.Settings(generation.Settings, contextWindow: null);
        if (generation.Settings.MaxTokens is not null)
            AnswerChecks.Settings(generation.Settings, await ContextWindowAsync(route, cancellationToken).ConfigureAwait(false));

        var provider = targets.ProviderOf(route);
        using var admitted = await admission.ReserveAsync(
            CallDemands.Of(route, caller, provider, generation, (texts, stop) => CountAsync(route, texts, stop), stop => ContextWindowAsync(route, stop)), cancellationToken).ConfigureAwait(false);
        generation = generation with { Settings = generation.Settings with { MaxTokens = admitted.MaxTokens } };
        var started = time.GetTimestamp();
        TimeSpan? firstToken = null;
        Usage? usage = null;
        var soFar = new BrokenOffUsage(generation);
        string? error = "client_disconnected";
        try
        {
            ResumableAnswer stream;
            try
            {
                stream = await ResumableAnswer.OpenAsync(
                    upstream, provider, stop => targets.TargetAsync(route, stop), () => targets.Refresh(route), generation, cancellationToken).ConfigureAwait(false);
            }
            catch (GatewayException refused)
            {
                error = refused.Error.Code;
                throw;
            }

            await using (stream.ConfigureAwait(false))
            {
                while (true)
                {
                    bool more;
                    try
                    {
                        more = await stream.MoveNextAsync().ConfigureAwait(false);
                    }
                    catch (UpstreamException failure)
                    {
                        var mapped = UpstreamErrors.ToGateway(failure);
                        error = mapped.Error.Code;
                        throw mapped;
                    }
                    catch (GatewayException refused)
                    {
                        error = refused.Error.Code;
                        throw;
                    }

                    if (!more) break;
                    if (stream.Current is AnswerCompleted completed)
                    {
                        usage = completed.Usage;
                        error = null;
                        yield return completed with { Citations = citations };
                        yield break;
                    }

                    firstToken ??= time.GetElapsedTime(started);
                    if (stream.Current is AnswerText text) soFar.Append(text.Text);
                    yield return stream.Current;
                }
            }

            error = "upstream_invalid_response";
            throw UpstreamErrors.ToGateway(new UpstreamException(UpstreamFailure.InvalidResponse));
        }
        finally
        {
            var operation = generation.Messages is null ? "text_completion" : "chat";
            var duration = time.GetElapsedTime(started);
            var isTold = usage is not null;
            if (!isTold) usage = await soFar.CountAsync(provider, stop => targets.TargetAsync(route, stop), time, error).ConfigureAwait(false);
            admitted.Settle(new CallOutcome(usage, error, Counted: !isTold, firstToken, duration));
            if (error is null && !isTold) usage = null;
            metrics.Record(operation, provider.Name, duration, usage?.PromptTokens, usage?.CompletionTokens, error);
        }
    }

    private async Task<EmbeddingBatch> EmbedAsync(ResolvedRoute route, Caller caller, IReadOnlyList<string> texts, string instruction, CancellationToken cancellationToken)
    {
        var provider = targets.ProviderOf(route);
        using var admitted = await admission.ReserveAsync(
            CallDemands.Of(route, caller, provider, texts, instruction, (what, stop) => CountAsync(route, what, stop)), cancellationToken).ConfigureAwait(false);
        var started = time.GetTimestamp();
        string? error = "client_disconnected";
        EmbeddingBatch? batch = null;
        try
        {
            batch = await upstream.RunAsync(
                async stop => await provider.EmbedAsync(await targets.TargetAsync(route, stop).ConfigureAwait(false), texts, instruction, stop).ConfigureAwait(false),
                () => targets.Refresh(route),
                cancellationToken).ConfigureAwait(false);
            error = null;
            return batch;
        }
        catch (GatewayException refused)
        {
            error = refused.Error.Code;
            throw;
        }
        finally
        {
            var duration = time.GetElapsedTime(started);
            var (usage, isCounted) = await EmbeddingUsage.OfAsync(batch, error, texts, (what, stop) => CountAsync(route, what, stop), time).ConfigureAwait(false);
            admitted.Settle(new CallOutcome(usage, error, isCounted, null, duration));
            metrics.Record("embeddings", provider.Name, duration, batch?.PromptTokens, null, error);
        }
    }

    private async Task<ResolvedRoute> EmbeddingsRouteAsync(string route, Caller caller, CancellationToken cancellationToken)
    {
        var resolved = await routes.ResolveAsync(route, caller, "model", cancellationToken).ConfigureAwait(false);
        return resolved.Type == RouteTypes.Embeddings ? resolved : throw WrongType(resolved, RouteTypes.Embeddings);
    }

    private Task<IReadOnlyList<int>> CountAsync(ResolvedRoute route, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var provider = targets.ProviderOf(route);
        return upstream.RunAsync(
            async stop => await provider.CountTokensAsync(await targets.TargetAsync(route, stop).ConfigureAwait(false), texts, stop).ConfigureAwait(false),
            () => targets.Refresh(route),
            cancellationToken);
    }

    private async Task<int?> ContextWindowAsync(ResolvedRoute route, CancellationToken cancellationToken)
    {
        var provider = targets.ProviderOf(route);
        return await upstream.RunAsync(
            async stop => await provider.ContextWindowAsync(await targets.TargetAsync(route, stop).ConfigureAwait(false), stop).ConfigureAwait(false),
            () => targets.Refresh(route),
            cancellationToken).ConfigureAwait(false);
    }
}
