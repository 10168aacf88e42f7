using System.Globalization;
using Conntrack.Control.Router;
using Conntrack.Control.Settings;
using Conntrack.Control.Settings.Revisions;
using Conntrack.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Finding = Conntrack.RouterOs.Language.Diagnostic;
using Kept = Conntrack.Control.Settings.Revisions.Revision;
using Message = Conntrack.V1.Revision;
using Severity = Conntrack.RouterOs.Language.Severity;

namespace Conntrack.Daemon.Api;

/// <summary><c>conntrack.v1.ConfigService</c>: the configuration of a running router and its revisions.</summary>
sealed class ConfigEndpoint(RunningRouter router) : ConfigService.ConfigServiceBase
{
    /// <summary>Address lists of a few hundred thousand entries are scripts of some ten megabytes; gRPC's own limit is 4.</summary>
    public const int LargestScript = 64 << 20;

    readonly ConfigurationStore _configuration = router.Configuration;

    public override Task<ValidateResponse> Validate(ValidateRequest request, ServerCallContext context)
    {
        var terms = new ChangeTerms { Base = Number("base_revision", request.BaseRevision), Replace = request.Replace };
        ScriptChange change = Told(() => _configuration.Validate(request.Script, terms));
        return Task.FromResult(new ValidateResponse { Valid = change.Revision is not null, Diagnostics = { change.Diagnostics.Select(Of) } });
    }

    public override Task<ApplyResponse> Apply(ApplyRequest request, ServerCallContext context)
    {
        var terms = new ChangeTerms
        {
            Base = Number("base_revision", request.BaseRevision),
            Replace = request.Replace,
            Confirm = Confirmation(request.ConfirmSeconds),
            Comment = Comment(request.Comment),
        };
        ScriptChange change = Told(() => _configuration.Apply(request.Script, terms));
        return Task.FromResult(new ApplyResponse { Revision = Text(change.Revision?.Number), Diagnostics = { change.Diagnostics.Select(Of) } });
    }

    public override Task<ConfirmResponse> Confirm(ConfirmRequest request, ServerCallContext context) => Task.FromResult(
        new ConfirmResponse { Revision = Text(_configuration.Confirm(Number("revision", request.Revision)).Number) });

    public override Task<RollbackResponse> Rollback(RollbackRequest request, ServerCallContext context)
    {
        var terms = new ChangeTerms
        {
            Base = Number("base_revision", request.BaseRevision),
            Confirm = Confirmation(request.ConfirmSeconds),
            Comment = Comment(request.Comment),
        };
        ScriptChange change = Told(() => _configuration.RollBack(Number("revision", request.Revision), terms));
        return Task.FromResult(new RollbackResponse { Revision = Text(change.Revision?.Number), Diagnostics = { change.Diagnostics.Select(Of) } });
    }

    public override Task<DiffResponse> Diff(DiffRequest request, ServerCallContext context)
    {
        ulong? from = Number("from_revision", request.FromRevision), to = Number("to_revision", request.ToRevision);
        if (request.HasScript && to is not null)
        {
            throw Refusal.Of("to_revision", "to_revision and script exclude each other");
        }

        Comparison comparison = request.HasScript ? _configuration.Compare(from, request.Script, request.Replace) : _configuration.Compare(from, to);
        var response = new DiffResponse { Diagnostics = { comparison.Diagnostics.Select(Of) } };
        if (comparison.Difference is { } difference)
        {
            response.Unified = difference.Unified;
            response.Entries.AddRange(
                difference.Entries.Select(entry => new DiffEntry { Menu = entry.Menu, Before = entry.Before, After = entry.After }));
        }

        return Task.FromResult(response);
    }

    public override Task<ExportResponse> Export(ExportRequest request, ServerCallContext context)
    {
        (Kept revision, string script) = _configuration.Export(Number("revision", request.Revision));
        return Task.FromResult(new ExportResponse { Script = script, Revision = Text(revision.Number) });
    }

    public override Task<ListRevisionsResponse> ListRevisions(ListRevisionsRequest request, ServerCallContext context)
    {
        IReadOnlyList<Kept> revisions = _configuration.Revisions;
        return Task.FromResult(new ListRevisionsResponse { Revisions = { revisions.Reverse().Select((revision, age) => Of(revision, age == 0)) } });
    }

    /// <summary>What a running router has against a configuration is a finding like any other, only that it has no place in the script.</summary>
    static ScriptChange Told(Func<ScriptChange> change)
    {
        try
        {
            return change();
        }
        catch (ConfigurationRefusedException refused)
        {
            return new ScriptChange(
                null, [.. refused.Problems.Select(problem => new Finding(Severity.Error, "script", 0, 0, problem.Property, problem.Description))]);
        }
    }

    internal static Diagnostic Of(Finding finding) => new()
    {
        File = finding.File,
        Line = (uint)finding.Line,
        Column = (uint)finding.Column,
        Severity = finding.Severity switch
        {
            Severity.Error => "error",
            Severity.Warning => "warning",
            _ => "note",
        },
        Word = finding.Word,
        Message = finding.Message,
        Expected = finding.Expected ?? "",
        Nearest = finding.Nearest ?? "",
    };

    static Message Of(Kept revision, bool isCurrent)
    {
        var message = new Message
        {
            Revision_ = Text(revision.Number),
            Time = Timestamp.FromDateTimeOffset(revision.Time),
            Author = revision.Author.Word(),
            Comment = revision.Comment,
            Current = isCurrent,
            Restores = Text(revision.Restores),
        };
        if (revision.Trial is { } trial)
        {
            message.ConfirmBefore = Timestamp.FromDateTimeOffset(trial.ConfirmBefore);
            message.RollsBackTo = Text(trial.RollsBackTo);
        }

        return message;
    }

    static string Text(ulong? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    static ulong? Number(string field, string text) =>
        text.Length == 0 ? null
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number
        : throw Refusal.Of(field, $"'{text}' is no revision; one is a number such as 17");

    static TimeSpan Confirmation(uint seconds) => TimeSpan.FromSeconds(seconds) is var time && time <= ChangeTerms.LongestTrial
        ? time
        : throw Refusal.Of("confirm_seconds", string.Create(
            CultureInfo.InvariantCulture, $"confirm_seconds: {seconds} is more than {ChangeTerms.LongestTrial.TotalSeconds}"));

    static string Comment(string comment) =>
        comment.Length > Kept.MostCommentLength ? throw Refusal.Of("comment", $"comment: more than {Kept.MostCommentLength} characters")
        : comment == Kept.OneLine(comment) ? comment
        : throw Refusal.Of("comment", "comment: only one line of printable characters");
}
