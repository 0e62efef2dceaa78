using System.Text.Json.Nodes;

namespace Serverless.GpuWorker.Tests.Constraints;

/// <summary>Random schemas of all that is supported, references that recur included.</summary>
internal sealed class RandomSchema(Random random)
{
    private static readonly string[] Names = ["name", "id", "tag", "né", "a b", "quo\"te", "x", "na", "value"];

    private static readonly string[] Patterns = ["^[a-z]+$", "^[A-Z]{3}-[0-9]{2,4}$", "a|b", "^(na)*me\\\\?$", "[\"0-9]$", "^x?[ -~]{8}$"];

    public string Next()
    {
        var root = Object(3);
        var definitions = new JsonObject();
        for (int i = 0; i < 3; i++)
            definitions[$"d{i}"] = Schema(2);

        root["$defs"] = definitions;
        return root.ToJsonString();
    }

    private JsonObject Schema(int depth) => random.Next(depth > 0 ? 21 : 10) switch
    {
        0 => Text(),
        1 => new() { ["type"] = "integer" },
        2 => new() { ["type"] = "number" },
        3 => new() { ["type"] = random.Next(2) == 0 ? "boolean" : "null" },
        4 => new() { ["enum"] = new JsonArray("red", "gr\u00fcn", 1, 12, 1.5, true, null, new JsonObject { ["a"] = new JsonArray(1, "x") }) },
        5 => new() { ["const"] = random.Next(2) == 0 ? "a\"b\\" : 120 },
        6 => new() { ["type"] = new JsonArray("string", "null"), ["maxLength"] = 3 },
        7 => new() { ["type"] = new JsonArray("integer", "boolean") },
        8 => Matching(),
        9 => Bounded(),
        10 => Array(depth),
        11 => new() { ["anyOf"] = new JsonArray(Schema(depth - 1), Schema(depth - 1), Text()) },
        12 => random.Next(2) == 0 ? Exclusive(depth) : Tuple(depth),
        13 => Merged(depth),
        14 => Either(depth),
        15 => Chosen(),
        16 => new() { ["$ref"] = random.Next(4) == 0 ? "#" : $"#/$defs/d{random.Next(3)}" },
        17 when random.Next(2) == 0 => Record(depth),
        18 => Conditional(depth),
        19 => Containing(depth),
        20 => Excluding(),
        _ => Object(depth),
    };

    private JsonObject Text()
    {
        var schema = new JsonObject { ["type"] = "string" };
        int least = random.Next(4);
        if (random.Next(2) == 0)
            schema["minLength"] = least;
        if (random.Next(2) == 0)
            schema["maxLength"] = least + random.Next(12);
        return schema;
    }

    private JsonObject Matching()
    {
        var schema = new JsonObject { ["pattern"] = Patterns[random.Next(Patterns.Length)] };
        if (random.Next(2) == 0)
            schema["maxLength"] = 8 + random.Next(9);
        if (random.Next(2) == 0)
            schema["minLength"] = random.Next(9);
        return schema;
    }

    private JsonObject Bounded()
    {
        bool isInteger = random.Next(2) == 0;
        var schema = new JsonObject { ["type"] = isInteger ? "integer" : "number" };
        decimal low = random.Next(-2000, 2000) / (isInteger ? 1 : 100m);
        if (random.Next(3) > 0)
            schema[random.Next(2) == 0 ? "minimum" : "exclusiveMinimum"] = low;
        if (random.Next(3) > 0)
            schema[random.Next(2) == 0 ? "maximum" : "exclusiveMaximum"] = low + random.Next(20, 900);
        if (random.Next(3) == 0)
            schema["multipleOf"] = isInteger ? random.Next(1, 13) : 0.01m;
        return schema;
    }

    private JsonObject Merged(int depth) => random.Next(3) switch
    {
        0 => new() { ["allOf"] = new JsonArray(Text(), Matching()), ["description"] = "matching" },
        1 => new() { ["type"] = new JsonArray("integer", "null"), ["allOf"] = new JsonArray(new JsonObject { ["type"] = new JsonArray("number", "null") }, Bounded()) },
        _ => new() { ["allOf"] = new JsonArray(Object(depth - 1), new JsonObject { ["properties"] = new JsonObject { ["id"] = Bounded(), ["extra"] = Matching() } }) },
    };

    /// <summary>An object and, beside its properties, which of them it must have.</summary>
    private JsonObject Either(int depth)
    {
        var schema = Object(depth - 1);
        schema["properties"]!["na"] = Bounded();
        schema["anyOf"] = new JsonArray(
            new JsonObject { ["required"] = new JsonArray("na") },
            new JsonObject { ["properties"] = new JsonObject { ["na"] = new JsonObject { ["type"] = "integer" }, ["extra"] = Text() } });
        return schema;
    }

    /// <summary>Two lists of alternatives, in a schema and in one that it refers to, with more beside them.</summary>
    private static JsonObject Chosen() => new()
    {
        ["description"] = "two choices",
        ["type"] = new JsonArray("integer", "string"),
        ["anyOf"] = new JsonArray(new JsonObject { ["minimum"] = 10, ["maxLength"] = 4 }, new JsonObject { ["type"] = "integer", ["maximum"] = -10 }),
        ["allOf"] = new JsonArray(new JsonObject
        {
            ["oneOf"] = new JsonArray(new JsonObject { ["type"] = new JsonArray("integer", "null"), ["maximum"] = 500 }, new JsonObject { ["type"] = "string", ["minLength"] = 2 }),
        }),
    };

    private JsonObject Array(int depth)
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = Schema(depth - 1) };
        if (random.Next(4) == 0)
            (schema["items"], schema["uniqueItems"]) = (random.Next(3) == 0 ? new JsonObject { ["type"] = "integer" } : random.Next(2) == 0 ? new JsonObject { ["type"] = "string", ["maxLength"] = random.Next(1, 4) } : new JsonObject { ["enum"] = new JsonArray("red", "re", 1, 12, 1.5, true, null, 120, new JsonArray(1, "x")) }, true);

        int least = random.Next(3);
        if (random.Next(2) == 0)
            schema["minItems"] = least;
        if (random.Next(2) == 0)
            schema["maxItems"] = least + random.Next(3);
        return schema;
    }

    /// <summary>As 2020-12 has it or as drafts before it.</summary>
    private JsonObject Tuple(int depth)
    {
        var (first, others) = random.Next(2) == 0 ? ("prefixItems", "items") : ("items", "additionalItems");
        var items = new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(8) == 0 ? JsonValue.Create(true) : (JsonNode)Schema(depth - 1))]);
        var schema = new JsonObject { ["type"] = "array", [first] = items };
        int more = random.Next(4);
        if (more < 3)
            schema[others] = more == 0 ? Schema(0) : JsonValue.Create(more == 1);
        if (random.Next(2) == 0)
            schema["minItems"] = random.Next(items.Count + 1);
        if (random.Next(3) == 0)
            schema["maxItems"] = items.Count + random.Next(2);
        return schema;
    }

    /// <summary>An object by rules for its names, beside one that has a name.</summary>
    private JsonObject Record(int depth)
    {
        var schema = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["na"] = Schema(depth - 1), ["x"] = JsonValue.Create(random.Next(3) > 0) } };
        switch (random.Next(4))
        {
            case 0:
                schema["propertyNames"] = new JsonObject { ["enum"] = new JsonArray("na", "x", "quo\"te", "b") };
                break;
            case 1:
                schema["propertyNames"] = Matching();
                break;
            case 2:
                schema["propertyNames"] = new JsonObject { ["maxLength"] = random.Next(1, 5) };
                break;
        }
        if (random.Next(2) == 0)
            schema["patternProperties"] = new JsonObject { ["^[a-z]+$"] = Schema(0), ["a"] = random.Next(4) == 0 ? JsonValue.Create(false) : Schema(depth - 1) };
        if (random.Next(3) > 0)
            schema["additionalProperties"] = random.Next(3) == 0 ? JsonValue.Create(false) : Schema(depth - 1);
        return schema;
    }

    /// <summary>An object and, beside its properties, conditions on them, their number, and what depends on them.</summary>
    private JsonObject Conditional(int depth)
    {
        var schema = Object(depth - 1);
        var properties = schema["properties"]!.AsObject();
        properties["x"] = new JsonObject { ["enum"] = new JsonArray("one", 2, null) };
        schema["if"] = new JsonObject { ["properties"] = new JsonObject { ["x"] = new JsonObject { ["const"] = random.Next(2) == 0 ? "one" : 2 } } };
        if (random.Next(2) == 0)
            schema["if"]!["required"] = new JsonArray("x");
        schema[random.Next(2) == 0 ? "then" : "else"] = random.Next(2) == 0 ? new() { ["required"] = new JsonArray("na") } : new JsonObject { ["properties"] = new JsonObject { ["na"] = Bounded() } };
        if (random.Next(2) == 0)
            schema["dependentRequired"] = new JsonObject { ["x"] = new JsonArray("value"), ["na"] = new JsonArray("x", "id") };
        if (random.Next(3) == 0)
            schema["dependentSchemas"] = new JsonObject { ["id"] = new JsonObject { ["properties"] = new JsonObject { ["x"] = Chosen() } } };
        if (random.Next(2) == 0)
            schema["minProperties"] = random.Next(properties.Count + 2);
        if (random.Next(3) == 0)
            schema["maxProperties"] = 1 + random.Next(properties.Count);
        if (random.Next(3) == 0)
            (schema["unevaluatedProperties"], schema["allOf"]) = (random.Next(2) == 0 ? false : Text(), new JsonArray(Either(depth)));
        return schema;
    }

    private JsonObject Containing(int depth)
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = random.Next(2) == 0 ? true : Schema(depth - 1), ["contains"] = random.Next(2) == 0 ? Bounded() : Schema(0) };
        int least = random.Next(3);
        if (random.Next(2) == 0)
            schema["minContains"] = least;
        if (random.Next(2) == 0)
            schema["maxContains"] = Math.Max(1, least + random.Next(2));
        if (random.Next(3) == 0)
            schema["minItems"] = random.Next(4);
        if (random.Next(3) == 0)
            schema["maxItems"] = 2 + random.Next(3);
        return schema;
    }

    private JsonObject Excluding() => random.Next(4) switch
    {
        0 => new() { ["type"] = "string", ["maxLength"] = 4, ["not"] = new JsonObject { ["enum"] = new JsonArray("", "a", "red") } },
        1 => new() { ["type"] = new JsonArray("integer", "string", "null"), ["not"] = new JsonObject { ["enum"] = new JsonArray(1, 7, "a", null) } },
        2 => new() { ["not"] = new JsonObject { ["type"] = new JsonArray("object", "array", "string") } },
        _ => new() { ["type"] = "string", ["not"] = new JsonObject { ["pattern"] = Patterns[random.Next(Patterns.Length)] } },
    };

    private JsonObject Exclusive(int depth)
    {
        var alternatives = new JsonArray(new JsonObject { ["type"] = "integer" }, new JsonObject { ["type"] = "boolean" });
        foreach (string kind in new[] { "one", "two" })
        {
            var properties = new JsonObject { ["kind"] = new JsonObject { ["const"] = kind }, ["value"] = Schema(depth - 1) };
            alternatives.Add(new JsonObject { ["type"] = "object", ["properties"] = properties, ["required"] = new JsonArray("kind"), ["additionalProperties"] = false });
        }
        return new() { ["oneOf"] = alternatives };
    }

    private JsonObject Object(int depth)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (string name in Names.OrderBy(_ => random.Next()).Take(random.Next(5)))
        {
            properties[name] = Schema(depth - 1);
            if (random.Next(2) == 0)
                required.Add(name);
        }
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["required"] = required };
        int others = random.Next(4);
        if (others < 2)
            schema["additionalProperties"] = false;
        else if (others == 2)
            schema["additionalProperties"] = Schema(0);
        return schema;
    }
}
