using System.Text.Json;
using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api;

/// <summary>From OpenAI's <c>response_format</c> to the schema that the answer is held to.</summary>
internal static class ResponseFormats
{
    private const string SchemaParam = "response_format.json_schema.schema", PlainSchemaParam = "response_format.schema";
    private const string AnyObject = """{"type":"object"}""";

    /// <summary>The schema's text, or null for any text.</summary>
    /// <exception cref="ApiException">400, naming the field, and the keyword where the schema has one that is not supported.</exception>
    public static string? Schema(ResponseFormat? format, LlmModel model)
    {
        if (format is null) return null;
        // What is not held to must not be passed over: the answer would look as if it had been.
        if (format.Schema is not null && (format.Type == "text" || format.JsonSchema is not null)) throw ApiErrors.Unsupported(PlainSchemaParam, $"{PlainSchemaParam} must stand with the type json_object or json_schema, without json_schema beside it.");
        if (format.JsonSchema is not null && format.Type is "text" or "json_object") throw ApiErrors.Unsupported("response_format.json_schema", "response_format.json_schema must stand with the type json_schema.");
        var schema = format.Type switch
        {
            "text" => null,
            "json_object" => format.Schema is { } plain ? Text(plain, PlainSchemaParam) : AnyObject,
            "json_schema" => format.Schema is { } plain ? Text(plain, PlainSchemaParam) : SchemaOf(format.JsonSchema),
            _ => throw ApiErrors.Invalid("response_format.type", "response_format.type must be text, json_object or json_schema."),
        };
        if (schema is not null && !model.CanConstrain) throw ApiErrors.Unsupported("response_format", "response_format is not supported with this model: its vocabulary lacks a token for some byte.");
        return schema;
    }

    /// <summary>Holds the beginning of an answer against its schema.</summary>
    /// <exception cref="ApiException">400: no answer that satisfies the schema begins with these tokens.</exception>
    public static void CheckBeginning(string schema, IReadOnlyList<int> tokens, ITokenizer tokenizer)
    {
        var state = new SchemaAutomaton(SchemaCache.Shared.Read(schema)).Start;
        for (var i = 0; i < tokens.Count; i++)
        {
            var isEnd = tokens[i] == tokenizer.EosId && i == tokens.Count - 1 && state.CanEnd;
            if (isEnd) return;
            state = tokenizer.BytesOf(tokens[i]) is { } bytes ? state.Next(bytes) : ConstraintState.Dead;
            if (state == ConstraintState.Dead) throw ApiErrors.Invalid($"resume.token_ids[{i}]", $"resume.token_ids[{i}] must be a token that response_format permits there.");
        }
    }

    private static string SchemaOf(ResponseSchema? format)
    {
        if (format is null) throw ApiErrors.Invalid("response_format.json_schema", "response_format.json_schema must be an object with name and schema.", "missing_field");
        if (format.Name is not { Length: >= 1 and <= ApiLimits.SchemaNameChars } name || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            throw ApiErrors.Invalid("response_format.json_schema.name", $"response_format.json_schema.name must have from 1 to {ApiLimits.SchemaNameChars} letters, digits, '_' or '-'.");
        }

        return format.Schema is { } schema ? Text(schema, SchemaParam) : throw ApiErrors.Invalid(SchemaParam, $"{SchemaParam} must be a JSON schema.", "missing_field");
    }

    private static string Text(JsonElement schema, string param)
    {
        var text = schema.GetRawText();
        try
        {
            SchemaCache.Shared.Read(text);
            return text;
        }
        catch (SchemaException e)
        {
            throw ApiErrors.Invalid(param, $"{param}: {e.Message}.", "unsupported_schema");
        }
    }
}
