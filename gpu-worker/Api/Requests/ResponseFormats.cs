using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Constraints;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>From OpenAI's <c>response_format</c> to what the answer is to be.</summary>
internal static class ResponseFormats
{
    /// <summary>The schema of any JSON object.</summary>
    public const string AnyObject = """{"type":"object"}""";

    private const string Name = "response_format", SchemaParam = $"{Name}.json_schema.schema", PlainSchemaParam = $"{Name}.schema";

    /// <summary>Null for any text.</summary>
    /// <exception cref="ApiException">400, naming the field.</exception>
    public static RequestedForm? Read(ResponseFormat? format)
    {
        if (format is null) return null;
        // What is not held to must not be passed over: the answer would look as if it had been.
        if (format.Schema is not null && (format.Type == "text" || format.JsonSchema is not null)) throw ApiErrors.Unsupported(PlainSchemaParam, $"{PlainSchemaParam} must stand with the type json_object or json_schema, without json_schema beside it.");
        if (format.JsonSchema is not null && format.Type is "text" or "json_object") throw ApiErrors.Unsupported("response_format.json_schema", "response_format.json_schema must stand with the type json_schema.");
        return format.Type switch
        {
            "text" => null,
            "json_object" when format.Schema is null => new RequestedForm(AnswerForm.Schema(AnyObject), Name),
            "json_object" or "json_schema" when format.Schema is { } plain => new RequestedForm(AnswerForm.Schema(plain.GetRawText()), PlainSchemaParam),
            "json_schema" => new RequestedForm(AnswerForm.Schema(SchemaOf(format.JsonSchema)), SchemaParam),
            _ => throw ApiErrors.Invalid("response_format.type", "response_format.type must be text, json_object or json_schema."),
        };
    }

    private static string SchemaOf(ResponseSchema? format)
    {
        if (format is null) throw ApiErrors.Invalid("response_format.json_schema", "response_format.json_schema must be an object with name and schema.", "missing_field");
        if (format.Name is not { Length: >= 1 and <= ApiLimits.SchemaNameChars } name || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            throw ApiErrors.Invalid("response_format.json_schema.name", $"response_format.json_schema.name must have from 1 to {ApiLimits.SchemaNameChars} letters, digits, '_' or '-'.");
        }

        return format.Schema is { } schema ? schema.GetRawText() : throw ApiErrors.Invalid(SchemaParam, $"{SchemaParam} must be a JSON schema.", "missing_field");
    }
}
