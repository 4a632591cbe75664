// Enhancements only: every page works without them. One enhancement a file.
import { focusOnErrors } from './errors.js';
import { dragToRank } from './rank.js';
import { refreshWhileWaiting } from './waiting.js';

focusOnErrors(document);
dragToRank(document);
refreshWhileWaiting(document);
