using System.Text.Json;
using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Nodes;
using Serverless.GpuWorker.Constraints.Schemas;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>From the words that OpenAI, vLLM, llama.cpp, SGLang and text-generation-inference have for it to what the answer is to be.</summary>
internal static class AnswerForms
{
    private const string Structured = "structured_outputs", Grammar = "grammar";

    /// <summary>The fields that say it.</summary>
    public static readonly string[] Fields = ["response_format", Structured, "guided_json", "guided_regex", "guided_choice", "guided_grammar", "json_schema", Grammar, "regex", "ebnf"];

    /// <returns>Null for any text.</returns>
    /// <exception cref="ApiException">400, naming the field, and what of a schema, pattern or grammar is not supported.</exception>
    public static RequestedForm? Of(GenerationRequest request, LlmModel model)
    {
        var only = Only(request);
        if (only is not null && !model.CanConstrain) throw ApiErrors.Unsupported(only.Field, $"{only.Field} is not supported with this model: its vocabulary lacks a token for some byte.");
        if (only is not null) Read(only);
        return only;
    }

    /// <summary>Holds the beginning of an answer against what it is to be.</summary>
    /// <exception cref="ApiException">400: no such answer begins with these tokens.</exception>
    public static void CheckBeginning(AnswerForm form, string field, IReadOnlyList<int> tokens, ITokenizer tokenizer)
    {
        var state = new SchemaAutomaton(SchemaCache.Shared.Read(form), form).Start;
        for (var i = 0; i < tokens.Count; i++)
        {
            var isEnd = tokens[i] == tokenizer.EosId && i == tokens.Count - 1 && state.CanEnd;
            if (isEnd) return;
            state = tokenizer.BytesOf(tokens[i]) is { } bytes ? state.Next(bytes) : ConstraintState.Dead;
            if (state == ConstraintState.Dead) throw ApiErrors.Invalid($"resume.token_ids[{i}]", $"resume.token_ids[{i}] must be a token that {field} permits there.");
        }
    }

    private static RequestedForm? Only(GenerationRequest request)
    {
        try
        {
            RequestedForm? only = null;
            foreach (var form in All(request))
            {
                if (only is not null) throw ApiErrors.Invalid(form.Field, $"{form.Field} must not stand beside {only.Field}: one of them says what the answer is to be.");
                only = form;
            }

            return only;
        }
        catch (InvalidOperationException)
        {
            // What System.Text.Json throws for a string that is not Unicode, where it is read late.
            throw ApiErrors.InvalidUnicode();
        }
    }

    private static IEnumerable<RequestedForm> All(GenerationRequest request)
    {
        if (ResponseFormats.Read(request.ResponseFormat) is { } format) yield return format;
        foreach (var form in InStructured(request.StructuredOutputs)) yield return form;
        if (request.GuidedJson is { } json) yield return Schema(json, "guided_json");
        if (Pattern(request.GuidedRegex, "guided_regex") is { } guidedRegex) yield return guidedRegex;
        if (request.GuidedChoice is { } choice) yield return Choice(choice, "guided_choice");
        if (GrammarOf(request.GuidedGrammar, "guided_grammar") is { } guidedGrammar) yield return guidedGrammar;
        if (request.JsonSchema is { } schema) yield return Schema(schema, "json_schema");
        if (request.Grammar is { } grammar && OfServers(grammar) is { } given) yield return given;
        if (Pattern(request.Regex, "regex") is { } regex) yield return regex;
        if (GrammarOf(request.Ebnf, "ebnf") is { } ebnf) yield return ebnf;
    }

    private static IEnumerable<RequestedForm> InStructured(StructuredOutputs? outputs)
    {
        if (outputs is null) yield break;
        if (outputs.Json is { } json) yield return Schema(json, $"{Structured}.json");
        if (outputs.JsonObject == true) yield return new RequestedForm(AnswerForm.Schema(ResponseFormats.AnyObject), $"{Structured}.json_object");
        if (Pattern(outputs.Regex, $"{Structured}.regex") is { } regex) yield return regex;
        if (outputs.Choice is { } choice) yield return Choice(choice, $"{Structured}.choice");
        if (GrammarOf(outputs.Grammar, $"{Structured}.grammar") is { } grammar) yield return grammar;
    }

    /// <summary>llama.cpp's text, or text-generation-inference's object.</summary>
    private static RequestedForm? OfServers(JsonElement grammar)
    {
        if (grammar.ValueKind == JsonValueKind.String) return GrammarOf(grammar.GetString(), Grammar);
        if (grammar.ValueKind != JsonValueKind.Object) throw ApiErrors.Invalid(Grammar, $"{Grammar} must be a string, or an object with type and value.", "invalid_type");
        if (!grammar.TryGetProperty("value", out var value)) throw ApiErrors.Invalid($"{Grammar}.value", $"{Grammar}.value must be a JSON schema or a regular expression.", "missing_field");
        return (grammar.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString() : null) switch
        {
            "json" or "json_object" => Schema(value, $"{Grammar}.value"),
            "regex" when value.ValueKind == JsonValueKind.String => Pattern(value.GetString(), $"{Grammar}.value"),
            "regex" => throw ApiErrors.Invalid($"{Grammar}.value", $"{Grammar}.value must be a string.", "invalid_type"),
            _ => throw ApiErrors.Invalid($"{Grammar}.type", $"{Grammar}.type must be json or regex."),
        };
    }

    private static RequestedForm Schema(JsonElement schema, string field) => schema.ValueKind switch
    {
        JsonValueKind.String => new RequestedForm(AnswerForm.Schema(schema.GetString()!), field),
        JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False => new RequestedForm(AnswerForm.Schema(schema.GetRawText()), field),
        _ => throw ApiErrors.Invalid(field, $"{field} must be a JSON schema: an object, or its text.", "invalid_type"),
    };

    /// <summary>Others' clients send an empty text for none.</summary>
    private static RequestedForm? Pattern(string? pattern, string field) => string.IsNullOrEmpty(pattern) ? null : new RequestedForm(new AnswerForm(AnswerFormKind.Pattern, pattern), field);

    private static RequestedForm? GrammarOf(string? grammar, string field) => string.IsNullOrEmpty(grammar) ? null : new RequestedForm(new AnswerForm(AnswerFormKind.Grammar, grammar), field);

    private static RequestedForm Choice(IReadOnlyList<string> texts, string field) => new(new AnswerForm(AnswerFormKind.Choice, JsonSerializer.Serialize(texts)), field);

    private static void Read(RequestedForm requested)
    {
        try
        {
            SchemaCache.Shared.Read(requested.Form);
        }
        catch (SchemaException e)
        {
            throw ApiErrors.Invalid(requested.Field, $"{requested.Field}: {e.Message}.", requested.Form.Kind == AnswerFormKind.Schema ? "unsupported_schema" : $"unsupported_{requested.Form.Kind.ToString().ToLowerInvariant()}");
        }
    }
}
